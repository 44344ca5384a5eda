import { FreshetError, type Clock } from '@freshet/protocol'
import { checkTenant, requireSource } from '../changes/check-change.ts'
import type { IntakeContext } from '../context.ts'
import type { Feed, FeedEpoch } from '../stamps/stamp-store.ts'

/**
 * Begins a new epoch of a source in a tenant. From then on, changes and heartbeats of older epochs are refused. So of
 * several processes of a source, the youngest works, and a process that was paused cannot undo what happened meanwhile.
 * A source that has begun one names its epoch in each `sourceVersion` and in each heartbeat.
 *
 * Epochs grow. They are at least the seconds since 1970, so a database that was restored gives none twice.
 *
 * @throws `event.forbidden`, `database.*`
 */
export async function beginEpoch(context: IntakeContext, feed: Feed): Promise<FeedEpoch> {
  requireSource(context, feed.source)
  checkTenant(context, feed.tenant)
  return context.store.beginEpoch(feed, secondsOf(context.clock))
}

function secondsOf(clock: Clock): bigint {
  return BigInt(Math.trunc(clock.nowMs() / MS_PER_SECOND))
}
const MS_PER_SECOND = 1_000

/** Returns the refusal of a change or heartbeat of an older epoch. */
export function superseded(source: string, own: bigint | undefined, newest: bigint): FreshetError {
  const named = own === undefined ? 'names no epoch' : `is of epoch ${own}`
  const message = `Source ${source} began epoch ${newest}, and this ${named}.`
  return new FreshetError('event.superseded', message)
}
