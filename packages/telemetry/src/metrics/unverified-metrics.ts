import { Gauge } from 'prom-client'
import type { Metrics } from '../prometheus/metrics.ts'

/** Sources of an edge with a series of their own at one time. The others are only counted. */
export const UNVERIFIED_SERIES_MAX = 20

/** The sources that an edge cannot vouch for. */
export interface UnvouchedSources {
  /** The edge's own view is too old or not complete, so it vouches for no source, and names none. */
  readonly isOutOfView: boolean
  readonly sources: readonly { readonly tenant: string; readonly source: string }[]
  /** The number of further sources. */
  readonly more: number
}

/** Registers the gauges, and returns the function that replaces all of their values. Call once per `Metrics`. */
export function unverifiedMetrics({ registry }: Metrics): (seen: UnvouchedSources) => void {
  const registers = [registry]
  const sources = new Gauge({
    name: 'freshet_edge_unverified_sources',
    help: `1 for each source that the edge cannot vouch for in a tenant. It shows at most ${UNVERIFIED_SERIES_MAX} of them.`,
    labelNames: ['tenant', 'source'],
    registers,
  })
  const more = new Gauge({
    name: 'freshet_edge_unverified_sources_more',
    help: 'Further sources that the edge cannot vouch for, which have no series of their own.',
    registers,
  })
  const out = new Gauge({
    name: 'freshet_edge_out_of_view',
    help: '1 while the view of the edge is too old or not complete: it vouches for no source, and names none.',
    registers,
  })
  return (seen) => {
    const shown = seen.sources.slice(0, UNVERIFIED_SERIES_MAX)
    sources.reset()
    for (const { tenant, source } of shown) sources.set({ tenant, source }, 1)
    more.set(seen.more + seen.sources.length - shown.length)
    out.set(seen.isOutOfView ? 1 : 0)
  }
}
