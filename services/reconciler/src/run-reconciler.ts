import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import { runSealing } from '@freshet/audit'
import { CONTROL_PARTITION, PARTITIONS } from '@freshet/protocol'
import { AUDIT_STREAMS, incomingOf } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { sourceKeysIn, type Versions } from '@freshet/registry'
import {
  postgresForeignLedger,
  postgresForwardStore,
  postgresForwardTurn,
  postgresIncarnationStore,
  postgresMarkStore,
  postgresPruneStore,
  postgresPublisherStore,
  postgresQuarantineStore,
  postgresRecorderStore,
  postgresSealStore,
  type Database,
} from '@freshet/postgres'
import {
  checkpointKeysOf,
  createBeat,
  createIncarnationCheck,
  createRecorder,
  createWakeUp,
  inForceOf,
  recordingTurns,
  rootTurns,
  runCounting,
  runForwarder,
  runIssuances,
  runLooks,
  runMarking,
  runPruning,
  runPublisher,
  runWalks,
  type CheckpointKeys,
  type CommittedBatch,
  type CountingParts,
  type InForce,
  type IncarnationCheck,
  type PartitionLoop,
  type PublisherParts,
  type PublisherStore,
  type RecorderStore,
  type RootTurns,
  type WakeUp,
} from '@freshet/reconciler'
import { systemClock, type Logger } from '@freshet/runtime'
import type { PipelineMetrics } from '@freshet/telemetry'
import { auditKeyOf } from './audit-key.ts'
import { publishedPolicies } from './published-policies.ts'
import { baseAgeMs, type ReconcilerConfig } from './config.ts'
import { countBatch } from './count-batch.ts'
import type { ReconcilerKeys } from './open-keys.ts'
import type { ReconcilerTraces } from './traces.ts'

const FIRST_INCARNATION = 1n

/** The opened parts of the process. */
export interface ReconcilerParts {
  readonly config: ReconcilerConfig
  /** The policy versions, and which of them each partition goes by. */
  readonly versions: Versions
  readonly database: Database
  readonly kafka: Kafka
  readonly keys: ReconcilerKeys
  readonly pipeline: PipelineMetrics
  /** Called with the number of quarantined records that wait for an operator. */
  readonly onParked: CountingParts['onCounted']
  readonly logger: Logger
  /** Absent: nothing is traced. */
  readonly traces?: ReconcilerTraces | undefined
}

/** Records, publishes, marks and forwards until the signal aborts; every loop on its own. */
export async function runReconciler(parts: ReconcilerParts, signal: AbortSignal): Promise<void> {
  const { config, database, kafka, logger, versions } = parts
  const recorderStore = postgresRecorderStore(database)
  await recorderStore.ensureProgress(PARTITIONS, FIRST_INCARNATION)
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  // Each loop listens while it waits, and there are more than ten of them.
  setMaxListeners(0, until)
  const shared = sharedOf(parts)
  const loop = recording(parts, shared, recorderStore)
  const recorder = createRecorder(loop)
  const store = postgresPublisherStore(database, publishedPolicies(versions), baseAgeMs(config))
  const control = publishing(parts, shared, store)
  const subjects = publishing(parts, shared, store)
  const onTrouble = (error: unknown): void =>
    logger.warn({ err: error }, 'background work failed, will retry')
  const loops = [
    versions.run(until),
    ...PARTITIONS.map((partition) => recorder.runPartition(partition, until)),
    runWalks({ ...loop, onWalkFailed: onTrouble }, until),
    ...PARTITIONS.map((partition) =>
      runPublisher(partition === CONTROL_PARTITION ? control : subjects, partition, until),
    ),
    runLooks(control, until),
    runForwarder(
      {
        store: postgresForwardStore(database),
        alone: postgresForwardTurn(database),
        writer: kafka.writer(),
        timer: systemClock,
        onTrouble,
      },
      until,
    ),
    ...keepingHouse(parts, shared, { onFailed: onTrouble, until }),
    readingIssuances(parts, onTrouble, until),
  ]
  await endTogether([...loops, ...sealing(parts, until)], failed)
}

/** Reads the evidence of foreign issuers; no other loop waits for it. */
function readingIssuances(
  { database, kafka, versions, logger }: ReconcilerParts,
  onFailed: (error: unknown) => void,
  until: AbortSignal,
): Promise<void> {
  const parts = {
    ledger: postgresForeignLedger(database),
    reader: kafka.reader(),
    timer: systemClock,
    version: versions.last,
    onFailed,
    onRefused: (partition: number, records: number, rule: string) =>
      logger.warn({ partition, records, rule }, 'issuances of a foreign issuer skipped'),
  }
  return runIssuances(parts, until)
}

/** Every reconciler stands by to chain the audit; of each stream one does at a time. */
function sealing(
  { database, keys, logger }: ReconcilerParts,
  until: AbortSignal,
): readonly Promise<void>[] {
  const context = {
    store: postgresSealStore(database),
    timer: systemClock,
    key: auditKeyOf(keys.audit, systemClock),
    onTrouble: (error: unknown) =>
      logger.warn({ err: error }, 'sealing the audit failed, will retry'),
  }
  return AUDIT_STREAMS.map((stream) => runSealing(context, stream, until))
}

/** Runs the background work: pruning, counting quarantined records, and marking tokens stale. */
function keepingHouse(
  { config, versions, database, pipeline, onParked: onCounted }: ReconcilerParts,
  { marking }: Shared,
  { onFailed, until }: { readonly onFailed: (error: unknown) => void; readonly until: AbortSignal },
): readonly Promise<void>[] {
  const { sessionLifeMaxMs } = config
  const shared = { timer: systemClock, onFailed }
  const inForce = (): InForce => inForceOf(versions.last().registry)
  const terms = { keepMs: baseAgeMs(config), sessionLifeMaxMs, inForce }
  return [
    runPruning({ ...shared, store: postgresPruneStore(database), ...terms }, until),
    runCounting({ ...shared, store: postgresQuarantineStore(database), onCounted }, until),
    runMarking(
      {
        ...shared,
        store: postgresMarkStore(database),
        idle: (forMs, signal) => marking.wait(CONTROL_PARTITION, forMs, signal),
        onMarked: ({ stale }) =>
          stale.forEach((each) => pipeline.tokensMarkedStale(each.tokens, each.class ?? '-')),
      },
      until,
    ),
  ]
}

/** The first loop that fails ends the others, and its error is reported. */
async function endTogether(
  loops: readonly Promise<void>[],
  failed: AbortController,
): Promise<void> {
  let first: unknown
  const watched = loops.map((loop) =>
    loop.catch((error: unknown) => {
      first ??= error
      failed.abort()
    }),
  )
  await Promise.all(watched)
  if (first !== undefined) throw first
}

/** The parts that recorder and publisher share. */
interface Shared {
  readonly wakeUp: WakeUp
  /** The signal for the one loop that marks, whatever the partition. */
  readonly marking: WakeUp
  readonly incarnation: IncarnationCheck
  readonly checkpointKeys: CheckpointKeys
  readonly roots: RootTurns
}

function sharedOf({ database, kafka, logger, keys }: ReconcilerParts): Shared {
  const checkpointKeys = checkpointKeysOf(keys.checkpoints, systemClock)
  const incarnation = createIncarnationCheck({
    store: postgresIncarnationStore(database),
    reader: kafka.reader(),
    clock: systemClock,
    checkpointKeys: checkpointKeys.published,
    onRaised: (partition, why) => logger.error({ partition, why }, 'the incarnation is raised'),
  })
  const [wakeUp, marking] = [createWakeUp(systemClock), createWakeUp(systemClock)]
  return { wakeUp, marking, incarnation, checkpointKeys, roots: rootTurns() }
}

function recording(
  { config, versions, keys, kafka, pipeline, logger, traces }: ReconcilerParts,
  { wakeUp, marking, incarnation }: Shared,
  store: RecorderStore,
): PartitionLoop {
  return {
    store,
    timer: systemClock,
    issuer: config.issuer,
    reader: kafka.reader(),
    incarnation,
    turns: recordingTurns(),
    authenticate: (record, policy) =>
      incomingOf(record, {
        macKeys: keys.stamps.accepted(),
        sourceKeys: sourceKeysIn(versions, policy),
      }),
    registryOf: (pv, hash) => versions.of(pv, hash)?.registry,
    loadVersion: versions.load,
    onCommitted: (partition: number, batch: CommittedBatch) => {
      if (batch.decision.publications.length > 0) wakeUp.wake(partition)
      if (batch.decision.marks.length > 0) marking.wake(CONTROL_PARTITION)
      const { pv, hash } = batch.decision.policy
      traces?.recorded(partition, batch)
      countBatch(pipeline, batch, hash === null ? undefined : versions.of(pv, hash)?.registry)
    },
    onPaused: (partition, error) => {
      logger.warn({ partition, err: error }, 'partition pauses')
      pipeline.recordingPaused(partition, true)
    },
    onResumed: (partition) => pipeline.recordingPaused(partition, false),
  }
}

/** The common part of publishers whose turns begin together: an urgent one does not wait for the others. */
function publishing(
  { config, kafka, logger, traces }: ReconcilerParts,
  { wakeUp, incarnation, checkpointKeys: keys, roots }: Shared,
  store: PublisherStore,
): PublisherParts {
  return {
    store,
    writer: kafka.writer(),
    reader: kafka.reader(),
    keys,
    incarnation,
    timer: systemClock,
    wakeUp,
    beat: createBeat(systemClock),
    roots,
    owner: `${hostname()}/${process.pid}`,
    baseAgeMs: baseAgeMs(config),
    tokenLifeMaxMs: config.tokenLifeMaxMs,
    nonce: () => randomBytes(16).toString('base64url'),
    onTrouble: (partition, error) =>
      logger.warn({ partition, err: error }, 'publishing failed, will retry'),
    onPublished: (partition, rows) => {
      logger.debug({ partition, rows: rows.length }, 'published')
      traces?.published(partition, rows)
    },
  }
}
