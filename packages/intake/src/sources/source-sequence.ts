import { FreshetError, type Registry } from '@freshet/protocol'
import { isDense } from '../changes/check-change.ts'
import { GAPS_MAX, type SourceStatus } from './source-status.ts'
import type { Feed, StampStore } from '../stamps/stamp-store.ts'

/** The numbering that a dense source must know before it sends an event. It is empty for other sources. */
export type SourceSequence = Pick<SourceStatus, 'next' | 'above' | 'gaps'>

/**
 * Returns how a feed is numbered. It costs a fraction of `sourceStatus`, so a source can ask before each
 * heartbeat.
 *
 * @throws `event.forbidden` for a tenant or source that is not registered, `database.*`
 */
export async function sourceSequence(
  { registry, store }: { readonly registry: Registry; readonly store: StampStore },
  feed: Feed,
): Promise<SourceSequence> {
  if (!registry.sources.has(feed.source) || !registry.tenants.has(feed.tenant))
    throw new FreshetError('event.forbidden', 'No such source or tenant is in the registry.')
  if (!isDense(registry, feed.source)) return {}
  const { next, above, gaps } = await store.status(feed, GAPS_MAX)
  return { next, above, gaps }
}
