import type { Command } from '@commander-js/extra-typings'
import { addAuditCommands } from '../commands/audit.ts'
import { addBreakGlassCommands } from '../commands/changes/break-glass.ts'
import { addChangeCommands } from '../commands/changes/change.ts'
import { addCutOffCommand } from '../commands/changes/cut-off.ts'
import { addCompletionCommand } from '../commands/client/completion.ts'
import { addOpenCommand } from '../commands/client/open.ts'
import { addVersionCommand } from '../commands/client/version.ts'
import { addConnectCommands } from '../commands/connect/connect.ts'
import { addContextCommands } from '../commands/contexts/context.ts'
import { addDatabaseCommands } from '../commands/db.ts'
import { addDemoCommand } from '../commands/demo.ts'
import { addDevCommand } from '../commands/dev.ts'
import { addDoctorCommand } from '../commands/doctor.ts'
import { addDrillCommand } from '../commands/drill.ts'
import { addEdgeCommands } from '../commands/edges/edge.ts'
import { addEvidenceCommand } from '../commands/evidence.ts'
import { addInitCommand } from '../commands/installation/init.ts'
import { addServeCommand } from '../commands/installation/serve.ts'
import { addTryCommand } from '../commands/installation/try.ts'
import { addKeysCommands } from '../commands/keys.ts'
import { addLagCommand } from '../commands/lag.ts'
import { addProbeCommands } from '../commands/probe.ts'
import { addQuarantineCommands } from '../commands/quarantine/quarantine.ts'
import { addRegistryCommands } from '../commands/registry/registry.ts'
import { addSloCommands } from '../commands/slo.ts'
import { addSourceCommands } from '../commands/sources/source.ts'
import { addStatusCommand } from '../commands/status.ts'
import { addRevocationCommands } from '../commands/tokens/revocation.ts'
import { addSubjectCommands } from '../commands/tokens/subject.ts'
import { addTokenCommands } from '../commands/tokens/token.ts'
import { addTopicCommands } from '../commands/topic.ts'
import type { Shell } from '../shell.ts'

type AddCommand = (program: Command, shell: Shell) => void

/**
 * Every noun with its verbs, by the section and in the order that the help shows. Actions import what is heavy
 * themselves: a question to the console does not wait until Kafka's client is loaded.
 */
export const SECTIONS: Readonly<Record<string, readonly AddCommand[]>> = {
  Start: [
    addDevCommand,
    addDemoCommand,
    addStatusCommand,
    addDoctorCommand,
    addDrillCommand,
    addOpenCommand,
  ],
  Ask: [
    addChangeCommands,
    addTokenCommands,
    addSubjectCommands,
    addRevocationCommands,
    addEdgeCommands,
    addLagCommand,
    addSloCommands,
    addProbeCommands,
  ],
  Act: [addCutOffCommand, addBreakGlassCommands, addQuarantineCommands, addSourceCommands],
  Govern: [addRegistryCommands, addAuditCommands, addEvidenceCommand, addKeysCommands],
  Install: [
    addInitCommand,
    addTryCommand,
    addServeCommand,
    addConnectCommands,
    addTopicCommands,
    addDatabaseCommands,
    addContextCommands,
    addCompletionCommand,
    addVersionCommand,
  ],
}
