import type { PublishedPolicy } from '../claims/loaded-policy.ts'
import type { SourceState, SourceThrough, ThroughTable } from './checkpoint.ts'

/** A feed as far as a heartbeat states it. */
export interface FeedThrough {
  readonly tenant: string
  readonly source: string
  readonly throughMs: number | null
  readonly state: SourceState
}

/**
 * `through` by tenant and source, as a heartbeat carries it: of the tenants and sources that the policy in force
 * has. A gateway takes nothing of any other feed, so its silence must not be read as quiet. Without a policy
 * there is none.
 */
export function throughTable(
  feeds: readonly FeedThrough[],
  policy: PublishedPolicy | null,
): ThroughTable {
  const table = new Map<string, Map<string, SourceThrough>>()
  for (const { tenant, source, throughMs, state } of feeds) {
    if (!policy?.tenants.has(tenant) || !policy.map.leasesMs.has(source)) continue
    const sources = table.get(tenant) ?? new Map<string, SourceThrough>()
    sources.set(source, { atMs: throughMs, state })
    table.set(tenant, sources)
  }
  return table
}
