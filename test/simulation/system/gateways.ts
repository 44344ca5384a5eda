import {
  createIntake,
  sourceStatus,
  type AcknowledgedChange,
  type Intake,
  type OwnChange,
  type ReachQuestion,
  type SourceStatus,
} from '@freshet/intake'
import { memoryReachStore, memorySourceViewStore, memoryStampStore } from '@freshet/memory'
import { remote } from '../kernel/link.ts'
import { ISSUER } from './deployment.ts'
import type { Process } from '../kernel/process.ts'
import { remoteWriter } from '../kernel/remote-log.ts'
import { notedStamps } from './marks.ts'
import { order } from './orders.ts'
import { quarantineCalls, type QuarantineCalls } from './quarantine-calls.ts'
import { stampStatements } from './statementwise.ts'
import { linkOf, loadPolicy, type World } from './world.ts'
import { watch } from './watch.ts'

const ANNOUNCE_AGAIN_MS = 500

/** A gateway, as sources call it. */
export interface GatewayCalls
  extends
    Pick<Intake, 'acceptChanges' | 'acceptHeartbeat' | 'acceptHeartbeats' | 'acceptOwnChange'>,
    QuarantineCalls {
  /** Carries out an operator's order, which revokes the rights in question. @throws `request.unconfirmed` */
  order(own: OwnChange, question: ReachQuestion): Promise<AcknowledgedChange>
  /** Returns the source's own status. */
  status(source: string, tenant: string): Promise<SourceStatus | undefined>
}

/**
 * The product's gateway: it announces the policy, accepts changes, and appends records that were left behind.
 */
export function startGateway(world: World, process: Process): void {
  const { database, guards } = world
  const loaded = loadPolicy(world, process)
  const { registry, hash, minimum } = loaded
  const link = linkOf(world, process, 'database')
  const noted = notedStamps(memoryStampStore(database, process.timer), world.note)
  const stamps = remote(stampStatements(noted, link), link)
  const view = remote(memorySourceViewStore(database), link)
  const reach = remote(memoryReachStore(database, ISSUER), link)
  const writer = remoteWriter(world.log, linkOf(world, process, 'broker'))
  const guarded = guards.registry?.(registry) ?? registry
  const intake = createIntake({
    registry,
    store: guards.stamps?.(stamps, { database, writer }) ?? stamps,
    writer,
    macKey: () => world.keys.macs.stamping,
    timer: process.timer,
  })
  const parts = { registry, store: stamps, view, clock: process.timer }
  world.gateways.set(process.name, {
    acceptChanges: (signer, envelopes) => intake.acceptChanges(signer, envelopes),
    acceptHeartbeat: (heartbeat) => intake.acceptHeartbeat(heartbeat),
    acceptHeartbeats: (heartbeats) => intake.acceptHeartbeats(heartbeats),
    acceptOwnChange: (own) => intake.acceptOwnChange(own),
    ...quarantineCalls(world, process, loaded),
    order: (own, question) =>
      order({ world, registry: guarded, reach, intake, clock: process.timer }, own, question),
    status: async (source, tenant) => (await sourceStatus(parts, source, tenant))[0],
  })
  process.onDeath(() => world.gateways.delete(process.name))
  process.signal.addEventListener('abort', () => world.gateways.delete(process.name))
  watch(world, process, intake.run(process.signal))
  watch(world, process, announce())

  async function announce(): Promise<void> {
    for (;;) {
      const isDone = await intake.activateRegistry({ hash, minimum }).then(
        () => true,
        () => false,
      )
      if (isDone) return
      await process.timer.sleep(ANNOUNCE_AGAIN_MS)
    }
  }
}
