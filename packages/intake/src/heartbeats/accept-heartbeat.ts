import {
  CLOCK_TOLERANCE_MS,
  dispositionOf,
  FreshetError,
  latestThroughMs,
  PARTITIONS,
} from '@freshet/protocol'
import { CHANGES_TOPIC, encodeHeartbeat, EventError, stampRecord } from '@freshet/wire'
import { checkTenant, isDense, numberingRule, requireSource } from '../changes/check-change.ts'
import { superseded } from '../sources/source-epoch.ts'
import { inFeed, produceTurn, type IntakeContext } from '../context.ts'
import type { Feed, PartitionTally } from '../stamps/stamp-store.ts'

/** A source's statement that everything it committed up to `throughMs` was answered with `ok`. */
export interface SourceHeartbeatRequest extends Feed {
  readonly throughMs: number
  /** The last sequence that `throughMs` covers, or 0 if there is none. Only dense sources have one. */
  readonly sequence?: bigint
  /** The epoch that the source began, with the time of sending by its clock. */
  readonly epoch?: bigint
  readonly sentMs?: number
  /** Text that the source gets back when it begins its next epoch. */
  readonly cursor?: string
}

/**
 * Accepts a heartbeat of a source and appends it to every partition, each with the last number of that
 * partition. It appends once every stamped row that the heartbeat covers is acknowledged (rules 12 and 37).
 * Rows that still wait get one producer turn first, so events in flight do not make a busy source fail.
 *
 * A restore of the database can remove rows during the turn. The sequences of a dense source show this, so
 * the function reads the tallies again after the turn. Answered events are safe in any case. The second read
 * finds a source that sends its heartbeat too early. It does not cover snapshot markers, because a restored
 * gateway can know a marker in some partitions only.
 *
 * @throws `event.superseded` if the source began a newer epoch, `event.unacknowledged` while a covered row cannot be produced, `event.sequence` if a number up to
 *   `sequence` has no stamp, `event.forbidden`, `event.malformed`, `limit.reached`, `broker.*`, `database.*`.
 *   After a `broker.*` error some partitions can have the heartbeat: send another one.
 */
export async function acceptHeartbeat(
  context: IntakeContext,
  heartbeat: SourceHeartbeatRequest,
): Promise<void> {
  checkHeartbeat(context, heartbeat)
  context.budgets.takeHeartbeat(heartbeat.source, heartbeat.tenant)
  const tallies = await settledTallies(context, heartbeat)
  await Promise.all(
    tallies.map(({ partition, last }) => append(context, heartbeat, { partition, last })),
  )
  const { tenant, source, epoch, cursor } = heartbeat
  if (epoch !== undefined && cursor !== undefined)
    await context.store.keepCursor({ tenant, source }, { epoch, cursor })
}

function checkHeartbeat(context: IntakeContext, heartbeat: SourceHeartbeatRequest): void {
  const { registry } = context
  const { tenant, source, throughMs, sentMs = throughMs, sequence } = heartbeat
  requireSource(context, source)
  checkTenant(context, tenant)
  if (isDense(registry, source) !== (sequence !== undefined)) {
    throw new EventError([{ pointer: '/sequence', rule: numberingRule(registry, source) }])
  }
  checkClock(context, throughMs)
  requireWithin(sentMs, context.clock.nowMs(), { pointer: '/sent', whose: "gateway's" })
}

/** @throws `event.malformed` */
export function checkClock({ clock }: IntakeContext, throughMs: number): void {
  requireWithin(throughMs, clock.nowMs(), { pointer: '/through', whose: "gateway's" })
}

/**
 * Checks a heartbeat by the time at which the broker appended it. A gateway whose own clock is ahead sees only here
 * that a reconciler does not count it.
 *
 * @throws `event.malformed`
 */
export function checkAppended(throughMs: number, appendedAtMs: number): void {
  requireWithin(throughMs, appendedAtMs, { pointer: '/through', whose: "broker's" })
}

function requireWithin(
  ms: number,
  nowMs: number,
  { pointer, whose }: { readonly pointer: string; readonly whose: string },
): void {
  if (ms <= latestThroughMs(nowMs)) return
  const rule = `must not be more than ${CLOCK_TOLERANCE_MS} ms ahead of the ${whose} clock`
  throw new EventError([{ pointer, rule }])
}

/** The feed of a heartbeat, the last sequence that it covers if its source is dense, and its epoch. */
interface Covering extends Feed {
  readonly sequence?: bigint
  readonly epoch?: bigint
}

/**
 * Returns the tally of each partition of a feed once every covered row is acknowledged. Waiting rows get one
 * producer turn. @throws `event.unacknowledged`, `event.sequence`, `database.*`
 */
export async function settledTallies(
  context: IntakeContext,
  heartbeat: Covering,
): Promise<readonly PartitionTally[]> {
  const tallies = await tallyCovered(context, heartbeat)
  const waiting = tallies.filter(({ unacknowledged }) => unacknowledged)
  if (waiting.length === 0) return tallies
  await settle(context, heartbeat, waiting)
  if (heartbeat.sequence === undefined) return tallies
  const again = await tallyCovered(context, heartbeat)
  if (again.some(({ unacknowledged }) => unacknowledged)) throw notAcknowledged(heartbeat)
  return again
}

/** Returns the refusal of a heartbeat that covers rows which are not acknowledged. */
export function notAcknowledged({ source }: Feed, cause?: unknown): FreshetError {
  const message = `Events of source ${source} that this covers are not acknowledged yet.`
  return new FreshetError('event.unacknowledged', message, { cause })
}

/** Returns the refusal of a heartbeat that covers a sequence which was never stamped. */
export function unexpectedSequence(source: string, sequence: bigint, next: bigint): FreshetError {
  const message = `Source ${source} covers sequence ${sequence}; the expected one is ${next}.`
  return new FreshetError('event.sequence', message)
}

/** Reads the tallies under the feed's lock, so no number at or below the ones read is assigned later. */
function tallyCovered(
  context: IntakeContext,
  { tenant, source, sequence, epoch }: Covering,
): Promise<readonly PartitionTally[]> {
  return inFeed(context, { tenant, source }, 'next', async (tx) => {
    if ((epoch ?? 0n) < tx.epoch) throw superseded(source, epoch, tx.epoch)
    const [next] = sequence === undefined ? [] : await tx.freeSequences(1)
    if (sequence !== undefined && next !== undefined && sequence >= next)
      throw unexpectedSequence(source, sequence, next)
    return tx.tally(PARTITIONS, sequence)
  })
}

async function settle(
  context: IntakeContext,
  feed: Feed,
  waiting: readonly PartitionTally[],
): Promise<void> {
  const turns = waiting.map(({ partition }) => produceTurn(context, feed, partition))
  const outcomes = await Promise.allSettled(turns)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed === undefined) return
  if (dispositionOf(failed.reason) !== 'retry') throw failed.reason
  throw notAcknowledged(feed, failed.reason)
}

async function append(
  { writer, macKey }: IntakeContext,
  { tenant, source, throughMs }: SourceHeartbeatRequest,
  { partition, last }: { readonly partition: number; readonly last: bigint },
): Promise<void> {
  const record = encodeHeartbeat({ kind: 'heartbeat', tenant, source, throughMs, last })
  const { appendedAtMs } = await writer.append(CHANGES_TOPIC, partition, [
    stampRecord(record, { partition, number: 0n }, macKey()),
  ])
  checkAppended(throughMs, appendedAtMs)
}
