import type { Clock, Registry } from '@freshet/protocol'
import { FreshetError } from '@freshet/protocol'
import { CHANGES_TOPIC, type LogWriter } from '@freshet/wire'
import type { FeedTurns, Urgency } from './stamps/feed-turns.ts'
import { producePending } from './stamps/produce-pending.ts'
import type { ProducerTurns, Wanted } from './stamps/producer-turns.ts'
import type { SourceBudgets } from './sources/source-budgets.ts'
import type { Feed, FeedTransaction, StampStore } from './stamps/stamp-store.ts'

/** The dependencies of every part of the gateway's use case. */
export interface IntakeContext {
  /**
   * The registry in force at the time of the read. A caller that needs it twice must keep the first value.
   */
  readonly registry: Registry
  readonly store: StampStore
  readonly writer: LogWriter
  readonly macKey: () => Uint8Array
  readonly clock: Clock
  readonly turns: ProducerTurns
  readonly feedTurns: FeedTurns
  readonly budgets: SourceBudgets
}

/** Runs `work` under the feed's lock, after the earlier work of this process on the feed. */
export function inFeed<T>(
  { store, feedTurns }: IntakeContext,
  feed: Feed,
  urgency: Urgency,
  work: (tx: FeedTransaction) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([feed.tenant, feed.source])
  return feedTurns.run(key, urgency, () => store.inFeed(feed, work))
}

/** Runs one producer turn of a feed in a partition. All callers that wait for the turn share it. */
export function produceTurn(
  context: IntakeContext,
  feed: Feed,
  partition: number,
  wanted: Wanted = 'all',
): Promise<void> {
  const { store, writer, turns } = context
  const at = { tenant: feed.tenant, source: feed.source, partition }
  const key = JSON.stringify([feed.tenant, feed.source, partition])
  return turns.run(key, wanted, (ids) => producePending({ store, writer }, CHANGES_TOPIC, at, ids))
}

/** Returns a thrown value as a FreshetError. A value of another type becomes `invariant.broken`. */
export function asFreshetError(error: unknown): FreshetError {
  if (error instanceof FreshetError) return error
  return new FreshetError('invariant.broken', 'An unexpected error.', { cause: error })
}
