import { runSealing, type SealStore } from '@freshet/audit'
import { AUDIT_STREAMS, type SigningKey, type TimedSigningKey } from '@freshet/wire'
import {
  postgresFloorStore,
  postgresForeignLedger,
  postgresForwardStore,
  postgresForwardTurn,
  postgresMarkStore,
  postgresPruneStore,
  postgresQuarantineStore,
  postgresSealStore,
} from '@freshet/postgres'
import {
  commonSleep,
  inForceOf,
  runCounting,
  runCountingDoubts,
  pollFloors,
  runForwarder,
  runIssuances,
  runMarking,
  runPruning,
  untilNext,
  type InForce,
  type QuietRests,
} from '@freshet/reconciler'
import { systemClock } from '@freshet/runtime'
import { baseAgeMs } from './config.ts'
import type { ReconcilerParts } from './shared-parts.ts'
import { FreshetError, signingKey, type Clock } from '@freshet/protocol'

/** The end of the loops, and the report of a failure that they survive. */
export interface Background {
  readonly onFailed: (error: unknown) => void
  readonly until: AbortSignal
}

/**
 * Runs the work that no change waits for: forwarding, pruning, counting quarantined records, marking tokens stale,
 * reading the issuances of foreign issuers, and chaining the audit.
 */
export function backgroundLoops(
  parts: ReconcilerParts,
  rests: QuietRests,
  background: Background,
): readonly Promise<void>[] {
  return [
    forwarding(parts, rests, background),
    lookingBelowFloors(parts, background),
    ...keepingHouse(parts, rests, background),
    readingIssuances(parts, rests, background),
    ...sealing(parts, rests, background.until),
  ]
}

/** Sends the outbox rows of the quarantine and of the audit. */
function forwarding(
  { database, kafka }: ReconcilerParts,
  rests: QuietRests,
  { onFailed: onTrouble, until }: Background,
): Promise<void> {
  const store = postgresForwardStore(database)
  const alone = postgresForwardTurn(database)
  const shared = { timer: systemClock, rest: rests.ofLoop(), onTrouble }
  return runForwarder({ store, alone, writer: kafka.writer(), ...shared }, until)
}

/** Finds rows of the outbox that no publisher sees. */
function lookingBelowFloors(
  { database, pipeline, logger }: ReconcilerParts,
  { onFailed, until }: Background,
): Promise<void> {
  const onHidden = (partition: number, rows: number): void => {
    pipeline.rowsHidden(rows)
    logger.warn({ partition, rows }, 'rows of the outbox were hidden, and are published now')
  }
  const store = postgresFloorStore(database)
  return pollFloors({ store, timer: systemClock, onHidden, onFailed }, until)
}

/** Runs the background work: pruning, counting quarantined records, and marking tokens stale. */
function keepingHouse(
  { config, versions, database, pipeline, onQuarantined: onCounted }: ReconcilerParts,
  rests: QuietRests,
  { onFailed, until }: Background,
): readonly Promise<void>[] {
  const { sessionLifeMaxMs } = config
  const shared = { timer: systemClock, onFailed }
  const inForce = (): InForce => inForceOf(versions.last().registry)
  const terms = { keepMs: baseAgeMs(config), sessionLifeMaxMs, inForce }
  const store = postgresQuarantineStore(database)
  return [
    runPruning({ ...shared, store: postgresPruneStore(database), ...terms }, until),
    runCounting({ ...shared, store, onCounted }, until),
    runCountingDoubts({ ...shared, store, onDoubts: (open) => pipeline.doubtsSeen(open) }, until),
    runMarking(
      {
        ...shared,
        store: postgresMarkStore(database),
        rest: rests.ofLoop(),
        onMarked: ({ stale }) =>
          stale.forEach((each) => pipeline.tokensMarkedStale(each.tokens, each.class ?? '-')),
      },
      until,
    ),
  ]
}

/** Reads the evidence of foreign issuers; no other loop waits for it. */
function readingIssuances(
  { database, kafka, versions, logger }: ReconcilerParts,
  rests: QuietRests,
  { onFailed, until }: Background,
): Promise<void> {
  const parts = {
    ledger: postgresForeignLedger(database),
    reader: kafka.reader(),
    timer: systemClock,
    version: versions.last,
    onFailed,
    rest: rests.ofLoop(),
    onStored: rests.note,
    onRefused: (partition: number, records: number, rule: string) =>
      logger.warn({ partition, records, rule }, 'issuances of a foreign issuer skipped'),
  }
  return runIssuances(parts, until)
}

/** Every reconciler stands by to chain the audit; of each stream one does at a time. */
function sealing(
  { database, keys, logger }: ReconcilerParts,
  rests: QuietRests,
  until: AbortSignal,
): readonly Promise<void>[] {
  const context = {
    store: noting(postgresSealStore(database), rests),
    timer: inStep(),
    key: auditKeyOf(keys.audit, systemClock),
    onTrouble: (error: unknown) =>
      logger.warn({ err: error }, 'sealing the audit failed, will retry'),
  }
  return AUDIT_STREAMS.map((stream) => runSealing(context, stream, until))
}

/** Loops with the same rhythm wake together, so that their looks share a statement. */
function inStep(): typeof systemClock {
  const sleep = commonSleep(systemClock)
  return {
    ...systemClock,
    sleep: (everyMs, signal) =>
      everyMs > 0
        ? sleep(untilNext({ everyMs, atMs: 0 }, systemClock.monotonicMs()), signal)
        : systemClock.sleep(everyMs, signal),
  }
}

/** A turn that seals can sign a head, which is then forwarded. */
function noting(store: SealStore, { note }: QuietRests): SealStore {
  return {
    ...store,
    inStream: async (stream, work) => {
      const sealed = await store.inStream(stream, work)
      note()
      return sealed
    },
  }
}

/**
 * The key of the set whose turn it is to sign heads of the audit, at each call.
 *
 * @throws `keys.unusable` where there is none
 */
function auditKeyOf(current: () => readonly TimedSigningKey[], clock: Clock): () => SigningKey {
  return () => {
    const key = signingKey(current(), clock.nowMs())
    if (key !== undefined) return key
    throw new FreshetError('keys.unusable', 'No key may sign heads of the audit.')
  }
}
