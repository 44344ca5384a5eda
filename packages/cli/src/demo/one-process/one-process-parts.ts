import { randomBytes } from 'node:crypto'
import { publishedPolicyOf, PARTITIONS } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  EDGE_REPORTS_TOPIC,
  QUARANTINE_TOPIC,
  readIncoming,
  REVOCATIONS_TOPIC,
  type TimedSigningKey,
} from '@freshet/wire'
import {
  memoryForwardStore,
  memoryIncarnationStore,
  memoryLog,
  memoryMarkStore,
  memoryPublisherStore,
  memoryRecorderStore,
  type MemoryDatabase,
  type MemoryLog,
} from '@freshet/memory'
import {
  checkpointKeysOf,
  createPublishTicker,
  createIncarnationCheck,
  commonSleep,
  createWakeUp,
  runForwarder,
  runMarking,
  rootTurns,
  pollOutbox,
  runPartition,
  runPublisher,
  runWalks,
  type IncarnationCheck,
  type PartitionLoop,
} from '@freshet/reconciler'
import { systemClock, type LoadedRegistryFile } from '@freshet/runtime'

const BASE_AGE_MS = 70 * 60_000

/** The shared parts of the one process. */
export interface OneProcess {
  readonly log: MemoryLog
  readonly database: MemoryDatabase
  readonly registry: LoadedRegistryFile
  readonly macKey: Uint8Array
  readonly checkpointKeys: readonly TimedSigningKey[]
  readonly issuer: string
}

/** A log with Freshet's topics. */
export function makeLog(): MemoryLog {
  const log = memoryLog(() => Date.now())
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  log.createTopic(REVOCATIONS_TOPIC, PARTITIONS.length)
  log.createTopic(EDGE_REPORTS_TOPIC, 3)
  log.createTopic(QUARANTINE_TOPIC, PARTITIONS.length)
  return log
}

/** The reconciler's loops in this process, until the signal aborts. */
export async function runReconcilerHere(parts: OneProcess, signal: AbortSignal): Promise<void> {
  const { database, log } = parts
  const store = memoryRecorderStore(database)
  await store.ensureProgress(PARTITIONS, 1n)
  const wakeUp = createWakeUp(systemClock)
  const loop: PartitionLoop = {
    ...recording(parts),
    store,
    onCommitted(partition, { decision }) {
      if (decision.publications.length > 0) wakeUp.wake(partition)
    },
  }
  const publisher = { ...publishing(parts), wakeUp }
  const onTrouble = (): void => {}
  const marking = { store: memoryMarkStore(database), timer: systemClock }
  const forwarding = { store: memoryForwardStore(database), writer: log, timer: systemClock }
  await Promise.all([
    ...PARTITIONS.map((partition) => runPartition(loop, partition, signal)),
    ...PARTITIONS.map((partition) => runPublisher(publisher, partition, signal)),
    pollOutbox(publisher, signal),
    runWalks(loop, signal),
    runMarking(marking, signal),
    runForwarder({ ...forwarding, onTrouble }, signal),
  ])
}

function incarnationOf({ database, log, checkpointKeys }: OneProcess): IncarnationCheck {
  return createIncarnationCheck({
    store: memoryIncarnationStore(database),
    reader: log,
    clock: systemClock,
    checkpointKeys: checkpointKeysOf(() => checkpointKeys, systemClock).published,
    onRaised: () => {},
  })
}

function recording(parts: OneProcess): Omit<PartitionLoop, 'store'> {
  const { log, registry, macKey, issuer } = parts
  const { sourceKeys, signers } = registry
  const authenticity = { macKeys: [macKey], sourceKeys, signers }
  return {
    timer: systemClock,
    sleep: commonSleep(systemClock),
    issuer,
    reader: log,
    incarnation: incarnationOf(parts),
    authenticate: (record) => readIncoming(record, authenticity),
    registryOf: () => registry.registry,
  }
}

function publishing(parts: OneProcess): Omit<Parameters<typeof runPublisher>[0], 'wakeUp'> {
  const { database, log, registry, checkpointKeys } = parts
  const policy = publishedPolicyOf(registry.registry)
  return {
    store: memoryPublisherStore(database, () => policy, systemClock, BASE_AGE_MS),
    writer: log,
    reader: log,
    keys: checkpointKeysOf(() => checkpointKeys, systemClock),
    incarnation: incarnationOf(parts),
    timer: systemClock,
    ticker: createPublishTicker(systemClock),
    roots: rootTurns(),
    owner: `process ${process.pid}`,
    baseAgeMs: BASE_AGE_MS,
    nonce: () => randomBytes(16).toString('base64url'),
    onTrouble: () => {},
    onPublished: () => {},
  }
}
