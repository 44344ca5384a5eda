import type { SourceState, SourceThrough, ThroughTable } from './checkpoint.ts'

/** A feed as far as a heartbeat tells of it. */
export interface FeedThrough {
  readonly tenant: string
  readonly source: string
  readonly throughMs: number | null
  readonly state: SourceState
}

/** `through` by tenant and source, as a heartbeat carries it. */
export function throughTable(feeds: readonly FeedThrough[]): ThroughTable {
  const table = new Map<string, Map<string, SourceThrough>>()
  for (const { tenant, source, throughMs, state } of feeds) {
    const sources = table.get(tenant) ?? new Map<string, SourceThrough>()
    sources.set(source, { atMs: throughMs, state })
    table.set(tenant, sources)
  }
  return table
}
