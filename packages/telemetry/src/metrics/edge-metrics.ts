import { Counter, Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import {
  bounded,
  EDGES_MAX,
  type DecisionReason,
  type DecisionResult,
  type EdgeState,
} from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The foreign tokens that an edge verified since its start, by the spelling of their subjects. */
type ForeignTokenCounts = Readonly<Record<'declared' | 'undeclared' | 'other', number>>

const SPELLINGS = ['declared', 'undeclared', 'other'] as const

/** Registers the counter, and returns the function that raises it to these numbers. Call once per `Metrics`. */
function foreignMetrics({ registry }: Metrics): (seen: ForeignTokenCounts) => void {
  const tokens = new Counter({
    name: 'freshet_edge_foreign_tokens_total',
    help: 'Foreign tokens that were verified, by the spelling of their subject: in the declared form, accepted without a declared form, or in another form and refused.',
    labelNames: ['subject'],
    registers: [registry],
  })
  const before = { declared: 0, undeclared: 0, other: 0 }
  return (seen) => {
    for (const subject of SPELLINGS) {
      tokens.inc({ subject }, Math.max(0, seen[subject] - before[subject]))
      before[subject] = seen[subject]
    }
  }
}

/** The metrics of an edge. */
export interface EdgeMetrics {
  /** A request was answered. Cheap enough for every request. */
  decided(result: DecisionResult, reason: DecisionReason): void
  /** A route that is only observed let a request in: what it would have answered, and why. */
  observed(would: DecisionResult, reason: DecisionReason): void
  /** Sets the age of the last heartbeat with a path. Replaces the edge's former state. */
  viewAgeSeen(edge: string, state: EdgeState, ageMs: number): void
  /** Sets the use of the edge's tables. */
  tablesSeen(tables: EdgeTables): void
  /** Sets the sources that the edge cannot vouch for. */
  unverifiedSeen(seen: UnvouchedSources): void
  /** Raises the numbers of verified foreign tokens. */
  foreignSeen(seen: ForeignTokenCounts): void
  /** Sets whether the enforced routes are of another policy version than the one in force. */
  routesSeen(isOutdated: boolean): void
}

/** The entries that an edge holds, and the tenants with an entry that found no room. */
export interface EdgeTables {
  readonly denials: number
  readonly denialsOverflowing: number
  readonly watermarks: number
  readonly watermarksOverflowing: number
  /** Estimated bytes of verified tokens and of the latest allows. */
  readonly verifiedTokenBytes: number
  readonly allowBytes: number
}

const STATES: readonly EdgeState[] = ['starting', 'live', 'silent']

/** Registers them. Call once per `Metrics`. */
export function edgeMetrics(metrics: Metrics): EdgeMetrics {
  const { registry } = metrics
  const decisions = new Counter({
    name: 'freshet_decisions_total',
    help: 'Answers to requests, with the reason.',
    labelNames: ['result', 'reason'],
    registers: [registry],
  })
  const observed = new Counter({
    name: 'freshet_observed_total',
    help: 'Requests to observed routes, by the answer that they would have got.',
    labelNames: ['would', 'reason'],
    registers: [registry],
  })
  const age = new Gauge({
    name: 'freshet_edge_view_age_seconds',
    help: 'Age of the last heartbeat with a path, by the receipt at the edge.',
    labelNames: ['edge', 'state'],
    registers: [registry],
  })
  const tables = tableGauges(registry)
  const outdated = new Gauge({
    name: 'freshet_edge_routes_outdated',
    help: '1 while the sidecar enforces routes of a policy version that is not in force.',
    registers: [registry],
  })
  const memory = memoryGauge(registry)
  const unverifiedSeen = unverifiedMetrics(metrics)
  const boundedEdge = bounded(EDGES_MAX)
  return {
    decided: (result, reason) => decisions.inc({ result, reason }),
    observed: (would, reason) => observed.inc({ would, reason }),
    viewAgeSeen: (edge, state, ageMs) => {
      const label = boundedEdge(edge)
      for (const other of STATES) if (other !== state) age.remove(label, other)
      age.set({ edge: label, state }, seconds(ageMs))
    },
    tablesSeen(seen) {
      tables.denials.set(seen.denials)
      tables.denialsOverflowing.set(seen.denialsOverflowing)
      tables.watermarks.set(seen.watermarks)
      tables.watermarksOverflowing.set(seen.watermarksOverflowing)
      memory.set({ part: 'tokens' }, seen.verifiedTokenBytes)
      memory.set({ part: 'allows' }, seen.allowBytes)
    },
    unverifiedSeen,
    foreignSeen: foreignMetrics(metrics),
    routesSeen: (isOutdated) => outdated.set(isOutdated ? 1 : 0),
  }
}

function memoryGauge(registry: Metrics['registry']): Gauge {
  return new Gauge({
    name: 'freshet_edge_memory_bytes',
    help: 'Estimated memory of what the edge remembers: verified tokens with their judgements, and the latest allows.',
    labelNames: ['part'],
    registers: [registry],
  })
}

type TableName = Exclude<keyof EdgeTables, 'verifiedTokenBytes' | 'allowBytes'>

function tableGauges(registry: Metrics['registry']): Readonly<Record<TableName, Gauge>> {
  const registers = [registry]
  return {
    denials: new Gauge({
      name: 'freshet_edge_denials',
      help: 'Denials that the edge holds, of all tenants.',
      registers,
    }),
    denialsOverflowing: new Gauge({
      name: 'freshet_edge_denials_overflowing',
      help: 'Tenants with a denial for which the edge had no room: their tokens are unverified until it ends.',
      registers,
    }),
    watermarks: new Gauge({
      name: 'freshet_edge_watermarks',
      help: 'Watermarks that the edge holds, of all tenants.',
      registers,
    }),
    watermarksOverflowing: new Gauge({
      name: 'freshet_edge_watermarks_overflowing',
      help: 'Tenants with a watermark for which the edge had no room: their tokens are unverified until it ends.',
      registers,
    }),
  }
}

/** Sources of an edge with a series of their own at one time. The others are only counted. */
export const UNVERIFIED_SERIES_MAX = 20

/** The sources that an edge cannot vouch for. */
interface UnvouchedSources {
  /** The edge's own view is too old or not complete, so it vouches for no source, and names none. */
  readonly isOutOfView: boolean
  readonly sources: readonly { readonly tenant: string; readonly source: string }[]
  /** The number of further sources. */
  readonly more: number
}

/** Registers the gauges, and returns the function that replaces all of their values. Call once per `Metrics`. */
function unverifiedMetrics({ registry }: Metrics): (seen: UnvouchedSources) => void {
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
