import { FreshetError, type Registry } from '@freshet/domain'
import { isDense } from './check-change.ts'
import type { FeedStatus, StampStore } from './stamp-store.ts'

/** What a source sees of one of its feeds. */
export interface SourceStatus extends Omit<FeedStatus, 'next'> {
  readonly tenant: string
  /** Where the source is dense: the sequence that is expected next. */
  readonly next?: bigint
}

/**
 * What the gateway knows of a source, for every tenant or for one.
 *
 * @throws `event.forbidden` for a tenant or source that is not registered, `database.*`
 */
export async function sourceStatus(
  { registry, store }: { readonly registry: Registry; readonly store: StampStore },
  source: string,
  tenant?: string,
): Promise<readonly SourceStatus[]> {
  const tenants = tenant === undefined ? [...registry.tenants.keys()] : [tenant]
  if (!registry.sources.has(source) || !tenants.every((id) => registry.tenants.has(id))) {
    throw new FreshetError('event.forbidden', 'No such source or tenant is in the registry.')
  }
  const dense = isDense(registry, source)
  const feeds: SourceStatus[] = []
  for (const id of tenants) {
    const { next, ...status } = await store.status({ tenant: id, source })
    feeds.push({ tenant: id, ...status, ...(dense && { next }) })
  }
  return feeds
}
