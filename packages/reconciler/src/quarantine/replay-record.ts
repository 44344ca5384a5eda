import { FreshetError } from '@freshet/protocol'
import {
  planReplay,
  replayBar,
  sentOutcome,
  type ReplayRefusal,
  type Rehearsal,
  type SentOutcome,
  rehearsalOf,
} from '@freshet/protocol/quarantine'
import {
  CHANGES_TOPIC,
  type LogReader,
  type LogWriter,
  originalOf,
  quarantinedIdOf,
  QUARANTINE_TOPIC,
  type OutgoingRecord,
} from '@freshet/wire'
import { decideLoaded } from '../record/decide-loaded.ts'
import type { RecordContext } from '../record/record-transaction.ts'
import type {
  QuarantinedRecord,
  QuarantinedDecision,
  QuarantineStore,
  RehearsalStore,
} from './quarantine-store.ts'

/** The longest time for which an answer waits for the reconciler; later the next replay reads the outcome. */
export const REPLAY_WAIT_MS = 5_000
const POLL_EVERY_MS = 50

/** The dependencies of replaying. */
export interface ReplayParts extends RehearsalParts {
  readonly store: QuarantineStore
  readonly reader: Pick<LogReader, 'read'>
  readonly writer: LogWriter
}

/** The result of a replay, or of its dry run. */
export type ReplayResult =
  /** It was not sent; in a dry run: it would not be sent. */
  | { readonly kind: 'refused'; readonly why: ReplayRefusal; readonly rehearsal: Rehearsal | null }
  /** Nothing was done: a replay would have this result. */
  | { readonly kind: 'would'; readonly rehearsal: Rehearsal }
  /** The case of the record is closed. */
  | { readonly kind: 'taken'; readonly outcome: string }
  /** The reconciler refused it again: it stays in quarantine. */
  | { readonly kind: 'parked-again'; readonly code: string; readonly rule: string }
  /** It was sent, and its outcome is not known yet (`pending`), or will never be (`lost`). */
  | { readonly kind: 'sent'; readonly outcome: 'pending' | 'lost' }

/** The operator, the reason, and whether this is a dry run. */
export interface ReplayOrder {
  readonly by: string
  readonly reason: string | null
  readonly dryRun: boolean
}

/**
 * Sends a quarantined record again, on the path of every change. It is appended to the change topic. So the
 * reconciler proves, allows and merges it as any other change, and a restored database reads it again.
 *
 * Only a record that would be accepted now is sent. The replay is idempotent: an accepted record is not sent
 * again, and a repeat of a sent record changes nothing. The next replay continues one that was interrupted.
 *
 * @throws `request.not-found` for an unknown record or bytes that are gone, `registry.not-loaded`,
 *   `broker.*`, `database.*`
 */
export async function replayRecord(
  parts: ReplayParts,
  id: string,
  order: ReplayOrder,
): Promise<ReplayResult> {
  const quarantined = await findQuarantined(parts.store, id)
  const bar = replayBar(quarantined, parts.timer.nowMs())
  if (bar === 'already-replayed' || bar === 'dropped') return refused(bar)
  const ended = order.dryRun ? undefined : await takeUp(parts, quarantined, order)
  if (ended !== undefined) return ended
  return bar === undefined ? tryReplay(parts, quarantined, order) : refused(bar)
}

/** @throws `request.not-found` */
export async function findQuarantined(
  store: Pick<QuarantineStore, 'find'>,
  id: string,
): Promise<QuarantinedRecord> {
  const quarantined = await store.find(id)
  if (quarantined) return quarantined
  throw new FreshetError('request.not-found', 'No parked record of that id is known.')
}

async function tryReplay(
  parts: ReplayParts,
  quarantined: QuarantinedRecord,
  order: ReplayOrder,
): Promise<ReplayResult> {
  const original = await readOriginal(quarantined, parts.reader)
  const { rehearsal, e } = await rehearse(parts, original, quarantined.partition)
  const plan = planReplay(quarantined, rehearsal, parts.timer.nowMs())
  if (plan.kind === 'refuse') return refused(plan.why, rehearsal)
  if (order.dryRun) return { kind: 'would', rehearsal }
  const decision = decisionOf(parts, order)
  if (plan.kind === 'close') return close(parts, quarantined, decision)
  const replays = quarantined.replays + 1
  if (!(await parts.store.begin(quarantined.id, quarantined.replays, decision)))
    return refused('busy')
  const { baseOffset } = await parts.writer.append(CHANGES_TOPIC, quarantined.partition, [original])
  await parts.store.sent(quarantined.id, replays, { e, offset: baseOffset })
  return awaitEnd(parts, { ...quarantined, replays, sent: { e, offset: baseOffset } }, decision)
}

/** Continues a replay that was sent before, by any operator, and whose end is not recorded. */
async function takeUp(
  parts: ReplayParts,
  quarantined: QuarantinedRecord,
  order: ReplayOrder,
): Promise<ReplayResult | undefined> {
  if (quarantined.state !== 'replaying' || quarantined.sent === null) return undefined
  const outcome = await checkOutcome(parts, quarantined)
  if (outcome.kind === 'pending') return { kind: 'sent', outcome: 'pending' }
  const result = await end(parts, quarantined, { outcome, decision: decisionOf(parts, order) })
  return outcome.kind === 'lost' ? undefined : result
}

async function awaitEnd(
  parts: ReplayParts,
  quarantined: QuarantinedRecord,
  decision: QuarantinedDecision,
): Promise<ReplayResult> {
  const { timer } = parts
  const untilMs = timer.monotonicMs() + REPLAY_WAIT_MS
  const signal = new AbortController().signal
  for (;;) {
    const outcome = await checkOutcome(parts, quarantined)
    if (outcome.kind !== 'pending') return end(parts, quarantined, { outcome, decision })
    if (timer.monotonicMs() >= untilMs) return { kind: 'sent', outcome: 'pending' }
    await timer.sleep(POLL_EVERY_MS, signal)
  }
}

async function checkOutcome(
  { store }: ReplayParts,
  { id, sent }: QuarantinedRecord,
): Promise<SentOutcome> {
  const evidence = await store.evidence(id)
  return sent && evidence ? sentOutcome(sent, evidence) : { kind: 'lost' }
}

async function end(
  { store }: ReplayParts,
  { id, replays }: QuarantinedRecord,
  { outcome, decision }: { readonly outcome: SentOutcome; readonly decision: QuarantinedDecision },
): Promise<ReplayResult> {
  switch (outcome.kind) {
    case 'taken':
      await store.end(id, { replays, state: 'replayed', outcome: outcome.outcome, decision })
      return outcome
    case 'refused': {
      const { code, rule } = outcome
      await store.end(id, { replays, state: 'open', outcome: code, decision })
      return { kind: 'parked-again', code, rule }
    }
    case 'lost':
    case 'pending':
      await store.end(id, { replays, state: 'open', outcome: outcome.kind, decision })
      return { kind: 'sent', outcome: outcome.kind }
  }
}

async function close(
  { store }: ReplayParts,
  { id, replays }: QuarantinedRecord,
  decision: QuarantinedDecision,
): Promise<ReplayResult> {
  const outcome = 'repeat'
  const closed = await store.end(id, { replays, state: 'replayed', outcome, decision })
  return closed ? { kind: 'taken', outcome } : refused('busy')
}

function decisionOf({ timer }: ReplayParts, { by, reason }: ReplayOrder): QuarantinedDecision {
  return { by, reason, atMs: timer.nowMs() }
}

function refused(why: ReplayRefusal, rehearsal: Rehearsal | null = null): ReplayResult {
  return { kind: 'refused', why, rehearsal }
}

/**
 * Reads the bytes of a quarantined record at its place. Write access to the topic proves nothing: the bytes
 * count only if they match the name of the record.
 *
 * @throws `broker.unavailable` until the bytes are in the topic, `request.not-found` once the
 *   topic has removed them, `broker.*`
 */
export async function readOriginal(
  quarantined: QuarantinedRecord,
  reader: Pick<LogReader, 'read'>,
): Promise<OutgoingRecord> {
  const { stands, partition, id } = quarantined
  if (stands === null) throw onTheirWay(id)
  const found = await readAt(reader, stands)
  const original = found && originalOf(found)
  if (original && quarantinedIdOf({ ...original, partition }) === id) return original
  throw new FreshetError('request.not-found', `The bytes of record ${id} are no longer kept.`)
}

async function readAt(
  reader: Pick<LogReader, 'read'>,
  { partition, offset }: NonNullable<QuarantinedRecord['stands']>,
): Promise<OutgoingRecord | undefined> {
  try {
    const [record] = await reader.read(QUARANTINE_TOPIC, partition, offset, 1)
    return record?.offset === offset ? record : undefined
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'broker.offset-lost') return undefined
    throw error
  }
}

function onTheirWay(id: string): FreshetError {
  const message = `The bytes of record ${id} are on their way to the quarantine topic.`
  return new FreshetError('broker.unavailable', message)
}

/** A policy version by its number and the hash of its text. */
interface ActiveVersion {
  readonly pv: number
  readonly hash: string
}

/** The dependencies of rehearsing: the same functions that record. */
export interface RehearsalParts extends Pick<
  RecordContext,
  'authenticate' | 'registryOf' | 'timer'
> {
  readonly rehearsals: RehearsalStore
  /**
   * Loads the policy version in force, which this process does not hold yet. If it is absent, another part of
   * the process must load the version.
   *
   * @throws `registry.not-loaded`, `database.*`
   */
  readonly loadVersion?: (version: ActiveVersion) => Promise<unknown>
}

/** The decision for a record at present, and the incarnation for which it holds. */
export interface Rehearsed {
  readonly rehearsal: Rehearsal
  readonly e: bigint
}

/**
 * Decides a record as if it arrived next in a partition, by the policy in force there, and writes nothing. It
 * takes no lock, so recording never waits for a rehearsal. A version that was activated a moment ago is loaded
 * first.
 *
 * @throws `registry.not-loaded` if this process cannot have that policy version, `database.*`
 */
export async function rehearse(
  parts: RehearsalParts,
  record: OutgoingRecord,
  partition: number,
): Promise<Rehearsed> {
  const first = await tryRehearsal(parts, record, partition)
  if (!('needs' in first)) return first
  await parts.loadVersion?.(first.needs)
  const second = await tryRehearsal(parts, record, partition)
  if (!('needs' in second)) return second
  const message = `Policy version ${second.needs.pv} is active but not loaded in this process.`
  throw new FreshetError('registry.not-loaded', message)
}

/** Returns the decision, or the version that it needs and this process does not hold. */
async function tryRehearsal(
  parts: RehearsalParts,
  record: OutgoingRecord,
  partition: number,
): Promise<Rehearsed | { readonly needs: ActiveVersion }> {
  return parts.rehearsals.inSnapshot(partition, async (tx) => {
    const { policy, e, nextOffset } = tx.progress
    const { pv, hash } = policy
    if (hash !== null && parts.registryOf(pv, hash) === undefined) return { needs: { pv, hash } }
    const nowMs = parts.timer.nowMs()
    const at = { offset: nextOffset, appendedAtMs: nowMs }
    const arrival = await parts.authenticate(
      { ...record, ...at, topic: CHANGES_TOPIC, partition },
      policy,
    )
    const arrived = { ...at, arrival }
    const context = { registryOf: parts.registryOf, nowMs }
    const { state, decision } = await decideLoaded(tx, [arrived], context)
    return { rehearsal: rehearsalOf(arrived, state, decision), e }
  })
}
