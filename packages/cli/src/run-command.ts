import { Command } from '@commander-js/extra-typings'
import { CommanderError } from 'commander'
import { addExamples } from './examples.ts'
import { EXIT, exitCodeOf, Negative } from './exit-code.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addChangeCommands } from './commands/changes/change.ts'
import { addBreakGlassCommands } from './commands/changes/break-glass.ts'
import { addCutOffCommand } from './commands/changes/cut-off.ts'
import { addDatabaseCommands } from './commands/db.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDevCommand } from './commands/dev.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addEdgeCommands } from './commands/edge.ts'
import { addEvidenceCommand } from './commands/evidence.ts'
import { addInitCommand } from './commands/installation/init.ts'
import { addServeCommand } from './commands/installation/serve.ts'
import { addKeysCommands } from './commands/keys.ts'
import { CLI_VERSION } from './installation/cli-version.ts'
import { addLagCommand } from './commands/lag.ts'
import { addProbeCommands } from './commands/probe.ts'
import { addQuarantineCommands } from './commands/quarantine/quarantine.ts'
import { addRegistryCommands } from './commands/registry/registry.ts'
import { addRevocationCommands } from './commands/tokens/revocation.ts'
import { addSloCommands } from './commands/slo.ts'
import { addSourceCommands } from './commands/sources/source.ts'
import { addStatusCommand } from './commands/status.ts'
import { addSubjectCommands } from './commands/tokens/subject.ts'
import { addTokenCommands } from './commands/tokens/token.ts'
import { addTopicCommands } from './commands/topic.ts'
import { errorText } from './output/error-text.ts'
import type { Shell } from './shell.ts'

/**
 * Every noun with its verbs, in the order that help shows. Actions import what is heavy themselves:
 * who asks the console need not wait until Kafka's client is loaded.
 */
const NOUNS: readonly ((program: Command, shell: Shell) => void)[] = [
  addDevCommand,
  addDemoCommand,
  addStatusCommand,
  addDoctorCommand,
  addInitCommand,
  addServeCommand,
  addChangeCommands,
  addTokenCommands,
  addSubjectCommands,
  addRevocationCommands,
  addEdgeCommands,
  addLagCommand,
  addSloCommands,
  addProbeCommands,
  addQuarantineCommands,
  addSourceCommands,
  addRegistryCommands,
  addCutOffCommand,
  addBreakGlassCommands,
  addTopicCommands,
  addDatabaseCommands,
  addKeysCommands,
  addAuditCommands,
  addEvidenceCommand,
]

/** Runs one command and returns its exit code. It never rejects: errors are printed on stderr. */
export async function runCommand(args: readonly string[], shell: Shell): Promise<number> {
  try {
    await programFor(shell).parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (shell.signal.aborted && isAbort(error)) return EXIT.error
    // Commander has printed its own errors already, and a negative answer is none.
    if (!(error instanceof CommanderError || error instanceof Negative)) shell.err(errorText(error))
    return exitCodeOf(error)
  }
}

/** The whole command line, unparsed. */
export function programFor(shell: Shell): Command {
  const program = new Command('freshet')
    .description('Keeps the entitlement claims inside access tokens fresh')
    .version(CLI_VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .showHelpAfterError('(add --help for the commands and options)')
    .addHelpText('after', EXIT_CODES_HELP)
  for (const add of NOUNS) add(program, shell)
  addExamples(program)
  return program
}

const EXIT_CODES_HELP = `
Data goes to stdout, everything else to stderr. Exit codes: 0 ok, 1 error, 2 usage, 3 not found,
4 unreachable or timed out, 5 not authorised, 10 unhealthy, 11 a negative answer.
`

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
