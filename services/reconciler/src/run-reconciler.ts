import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import {
  CONTROL_PARTITION,
  PARTITIONS,
  type Registry,
  publishedPolicyOf,
  type LoadedPolicy,
  type PublishedPolicy,
} from '@freshet/protocol'
import { incomingOf } from '@freshet/wire'
import { sourceKeysIn, type Versions } from '@freshet/registry'
import { postgresPublisherStore, postgresRecorderStore } from '@freshet/postgres'
import {
  commonSleep,
  createPublishTicker,
  recordingTurns,
  pollOutbox,
  runPartition,
  runPublisher,
  runWalks,
  type CommittedBatch,
  type PartitionLoop,
  type PublisherParts,
  type PublisherStore,
  type RecorderStore,
} from '@freshet/reconciler'
import { systemClock } from '@freshet/runtime'
import { backgroundLoops } from './background-loops.ts'
import { baseAgeMs } from './config.ts'
import { sharedOf, type ReconcilerParts, type SharedParts } from './shared-parts.ts'
import type { PipelineMetrics } from '@freshet/telemetry'

const FIRST_INCARNATION = 1n

/** Records, publishes, marks and forwards until the signal aborts; every loop on its own. */
export async function runReconciler(parts: ReconcilerParts, signal: AbortSignal): Promise<void> {
  const { config, database, logger, versions } = parts
  const recorderStore = postgresRecorderStore(database)
  await recorderStore.ensureProgress(PARTITIONS, FIRST_INCARNATION)
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  // Each loop listens while it waits, and there are more than ten of them.
  setMaxListeners(0, until)
  const shared = sharedOf(parts)
  const loop = recording(parts, shared, recorderStore)
  const store = postgresPublisherStore(database, publishedPolicies(versions), baseAgeMs(config))
  const control = publishing(parts, shared, store)
  const subjects = publishing(parts, shared, store)
  const onTrouble = (error: unknown): void =>
    logger.warn({ err: error }, 'background work failed, will retry')
  const loops = [
    versions.run(until),
    ...PARTITIONS.map((partition) => runPartition(loop, partition, until)),
    runWalks({ ...loop, onWalkFailed: onTrouble, rest: shared.rests.ofLoop() }, until),
    ...PARTITIONS.map((partition) =>
      runPublisher(partition === CONTROL_PARTITION ? control : subjects, partition, until),
    ),
    pollOutbox(control, until),
    ...backgroundLoops(parts, shared.rests, { onFailed: onTrouble, until }),
  ]
  await endAll(loops, failed)
}

/** The first loop that fails ends the others, and its error is reported. */
async function endAll(loops: readonly Promise<void>[], failed: AbortController): Promise<void> {
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

function recording(
  { config, versions, keys, changes, pipeline, logger, traces }: ReconcilerParts,
  { wakeUp, rests, incarnation }: SharedParts,
  store: RecorderStore,
): PartitionLoop {
  return {
    store,
    timer: systemClock,
    sleep: commonSleep(systemClock),
    issuer: config.issuer,
    reader: changes,
    incarnation,
    turns: recordingTurns(),
    authenticate: (record, policy) =>
      incomingOf(record, {
        macKeys: keys.stamps.accepted(),
        ...sourceKeysIn(versions, policy),
      }),
    registryOf: (pv, hash) => versions.of(pv, hash)?.registry,
    loadVersion: versions.load,
    onCommitted: (partition: number, batch: CommittedBatch) => {
      if (batch.decision.publications.length > 0) wakeUp.wake(partition)
      if (!isQuiet(batch)) rests.note()
      const { pv, hash } = batch.decision.policy
      traces?.recorded(partition, batch)
      countBatch(pipeline, batch, hash === null ? undefined : versions.of(pv, hash)?.registry)
    },
    onSilenceEnded: (partition) => wakeUp.wakeForHeartbeat(partition),
    onPaused: (partition, error) => {
      logger.warn({ partition, err: error }, 'partition pauses')
      pipeline.recordingPaused(partition, true)
    },
    onResumed: (partition) => pipeline.recordingPaused(partition, false),
  }
}

/** Heartbeats leave nothing to a background loop. */
function isQuiet({ decision: { log, marks, stamps, quarantine } }: CommittedBatch): boolean {
  return log.length + marks.length + stamps.length + quarantine.length === 0
}

/** The common part of publishers whose turns begin together: an urgent one does not wait for the others. */
function publishing(
  { config, kafka, logger, traces }: ReconcilerParts,
  { wakeUp, incarnation, checkpointKeys: keys, roots }: SharedParts,
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
    ticker: createPublishTicker(systemClock),
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

/**
 * Counts the decisions of a committed batch, and their duration. The console counts the time of its changes
 * until here, because it separates live ones from others.
 */
function countBatch(
  pipeline: PipelineMetrics,
  batch: CommittedBatch,
  registry: Registry | undefined,
): void {
  for (const change of batch.decision.log) {
    const changeClass = change.class ?? '-'
    pipeline.eventDecided(change.source, change.claim ?? '-', change.outcome)
    pipeline.stagePassed('reconcile', batch.appliedAtMs - batch.receivedAtMs, changeClass)
  }
  for (const { claim, isNew } of batch.decision.contradictions) {
    if (isNew) pipeline.claimContradicted(claim, registry?.claims.get(claim)?.owner ?? '-')
  }
  for (const { source, lost, gained } of batch.decision.missed) {
    const owner = registry?.sources.get(source)?.owner ?? '-'
    if (lost.length > 0) pipeline.changeMissed(source, owner, 'removal')
    if (gained) pipeline.changeMissed(source, owner, 'grant')
  }
}

/** The published parts of the held versions, derived once each. */
function publishedPolicies({ of }: Pick<Versions, 'of'>): LoadedPolicy {
  const policies = new WeakMap<Registry, PublishedPolicy>()
  return (pv, hash) => {
    const registry = of(pv, hash)?.registry
    if (registry === undefined) return undefined
    const policy = policies.get(registry) ?? publishedPolicyOf(registry)
    policies.set(registry, policy)
    return policy
  }
}
