import { PARTITIONS } from '@freshet/protocol'
import type { LogReader, LogWriter } from '@freshet/wire'
import {
  memoryForwardStore,
  memoryIncarnationStore,
  memoryMarkStore,
  memoryPruneStore,
  memoryPublisherStore,
  memoryRecorderStore,
} from '@freshet/memory'
import type { Versions } from '@freshet/registry'
import {
  checkpointKeysOf,
  createPublishTicker,
  createIncarnationCheck,
  commonSleep,
  createWakeUp,
  runForwarder,
  pollOutbox,
  runMarking,
  inForceOf,
  runPruning,
  rootTurns,
  runPartition,
  runPublisher,
  runWalks,
  type CheckpointKeys,
  type IncarnationCheck,
  type IncarnationParts,
  type PartitionLoop,
  type PublisherParts,
  type WakeUp,
} from '@freshet/reconciler'
import { remote } from '../kernel/link.ts'
import { publishedPolicies, versionsOf } from './held-versions.ts'
import { shownLog, tookForLost } from './lagging-end.ts'
import * as marked from './marks.ts'
import { readOnce } from './read-once.ts'
import { recorderStatements, rootStatements } from './statementwise.ts'
import type { Process } from '../kernel/process.ts'
import { remoteReader, remoteWriter } from '../kernel/remote-log.ts'
import * as deployment from './deployment.ts'
import { publishedOf } from './keys.ts'
import { watch } from './watch.ts'
import { linkOf, type World } from './world.ts'

const FIRST_INCARNATION = 1n
/** So small that nearly every snapshot ends in several steps. */
const WALK_LIMITS = { read: 2, take: 1 }

/** The connections of a reconciler. */
interface Reach {
  readonly world: World
  readonly process: Process
  readonly reader: LogReader
  readonly writer: LogWriter
  readonly wakeUp: WakeUp
  readonly keys: CheckpointKeys
  readonly incarnation: IncarnationCheck
  readonly versions: Versions
}

/** The product's reconciler: all of its loops, with the wiring of its service. */
export function startReconciler(world: World, process: Process): void {
  watch(world, process, run(reachOf(world, process)))
}

function reachOf(world: World, process: Process): Reach {
  const { kernel, log, database } = world
  const broker = linkOf(world, process, 'broker')
  const reader = remoteReader(shownLog(world), broker, kernel.random(`pieces ${process.name}`))
  const keys = checkpointKeysOf(() => world.keys.checkpoints, process.timer)
  const parts: IncarnationParts = {
    store: remote(memoryIncarnationStore(database), linkOf(world, process, 'database')),
    reader,
    clock: process.timer,
    checkpointKeys: keys.published,
    onRaised(partition, why) {
      world.note('incarnation raised')
      process.log(`raises the incarnation by ${partition}: ${why}`)
      tookForLost(world, `the incarnation was raised by ${partition}: ${why}`)
    },
  }
  const incarnation = createIncarnationCheck(world.guards.incarnation?.(parts) ?? parts)
  return {
    world,
    process,
    reader,
    writer: remoteWriter(log, broker),
    wakeUp: createWakeUp(process.timer),
    keys,
    incarnation,
    versions: versionsOf(world, process),
  }
}

async function run(reach: Reach): Promise<void> {
  const { world, process, writer } = reach
  const { database } = world
  const { timer } = process
  const link = linkOf(world, process, 'database')
  const pruning = marked.notedPruning(memoryPruneStore(database), world.note)
  const marks = remote(marked.notedMarks(memoryMarkStore(database), world.note), link)
  const { signal } = process
  const loop = recording(reach)
  await untilDone(process, () => loop.store.ensureProgress(PARTITIONS, FIRST_INCARNATION))
  await untilDone(process, () => reach.versions.poll())
  const publisher = publishing(reach)
  const onTrouble = (): void => undefined
  await Promise.all([
    reach.versions.run(signal),
    ...PARTITIONS.map((partition) => runPartition(loop, partition, signal)),
    ...PARTITIONS.map((partition) => runPublisher(publisher, partition, signal)),
    pollOutbox(publisher, signal),
    runForwarder(
      { store: remote(memoryForwardStore(database), link), writer, timer, onTrouble },
      signal,
    ),
    runWalks(loop, signal),
    runMarking({ store: marks, timer }, signal),
    runPruning(
      {
        store: remote(world.guards.pruner?.(pruning) ?? pruning, link),
        timer,
        keepMs: world.guards.keepMs ?? deployment.BASE_AGE_MS,
        sessionLifeMaxMs: deployment.SESSION_LIFE_MS,
        inForce: () => inForceOf(reach.versions.last().registry),
        onFailed: onTrouble,
      },
      signal,
    ),
  ])
}

/** The service would end and be started again. */
async function untilDone({ timer }: Process, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const isDone = await work().then(
      () => true,
      () => false,
    )
    if (isDone) return
    await timer.sleep(1_000)
  }
}

function recording(reach: Reach): PartitionLoop {
  const { world, process, reader, wakeUp, incarnation, versions } = reach
  const link = linkOf(world, process, 'database')
  const noted = marked.notedRecorder(memoryRecorderStore(world.database), world.note)
  const store = remote(recorderStatements(noted, link), link)
  const { ISSUER } = deployment
  const ofSource = publishedOf(() => world.keys.source, world.kernel)
  return {
    store: world.guards.recorder?.(store, world.database) ?? store,
    timer: process.timer,
    sleep: commonSleep(process.timer),
    issuer: ISSUER,
    reader: world.guards.changeReader?.(reader) ?? reader,
    incarnation,
    authenticate: (record) =>
      readOnce(record, { macKeys: world.keys.macs.believed, sourceKeys: ofSource() }),
    registryOf(pv, hash) {
      const registry = versions.of(pv, hash)?.registry
      return registry && (world.guards.registry?.(registry) ?? registry)
    },
    loadVersion: versions.load,
    walkLimits: WALK_LIMITS,
    onSilenceEnded: (partition) => wakeUp.wakeForHeartbeat(partition),
    onCommitted(partition, batch) {
      marked.noteCommitted(batch, world.note)
      const { decision, nextOffset } = batch
      if (decision.publications.length > 0) wakeUp.wake(partition)
      const ids = decision.log.map(({ id, outcome }) => `${id} ${outcome}`)
      if (ids.length > 0) process.log(`records ${partition} to ${nextOffset}: ${ids.join(', ')}`)
    },
  }
}

function publishing(reach: Reach): PublisherParts {
  const { world, process, wakeUp, keys, incarnation, versions } = reach
  const policyOf = publishedPolicies(world, versions)
  const { database } = world
  const note: marked.Note = (mark) => {
    world.note(mark)
    if (mark === marked.ANEW) tookForLost(world, `a partition was ${mark}`)
  }
  const kept = memoryPublisherStore(database, policyOf, process.timer, deployment.BASE_AGE_MS)
  const held = world.floors?.over(kept) ?? kept
  const link = linkOf(world, process, 'database')
  const store = remote(rootStatements(marked.notedPublisher(held, database, note), link), link)
  const ends = { reader: marked.notedReadBack(reach.reader, note), writer: reach.writer }
  const nonces = world.kernel.random(`nonces ${process.name} ${world.kernel.nowMs}`)
  return {
    store: world.guards.publisher?.(store, process.timer) ?? store,
    ...(world.guards.publisherLog?.(ends) ?? ends),
    keys,
    incarnation,
    timer: process.timer,
    wakeUp,
    ticker: createPublishTicker(process.timer),
    roots: rootTurns(),
    owner: process.name,
    baseAgeMs: deployment.BASE_AGE_MS,
    tokenLifeMaxMs: deployment.TOKEN_LIFE_MS,
    nonce: () => `${nonces.below(2 ** 32)}-${nonces.below(2 ** 32)}`,
    onTrouble: () => undefined,
    onPublished(partition, { length }) {
      if (length > 0) process.log(`published ${length} of ${partition}`)
    },
  }
}
