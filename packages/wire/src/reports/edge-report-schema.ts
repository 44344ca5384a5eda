import * as z from 'zod'
import {
  claimName,
  count,
  decimal,
  eventId,
  sourceId,
  tenantId,
  text,
  time,
  type Wire,
} from '../json/wire-types.ts'

/** Applied batches that one report lists for one partition at most. */
export const APPLIES_MAX = 100

/** Partitions that one report contains at most. */
export const PARTITIONS_MAX = 1024

/** Longest texts of a report, in UTF-16 units. */
export const LENGTHS_OF_REPORT = { name: 256, version: 64, start: 64, client: 512 } as const

/** Exposures that one report lists at most; the others wait for the next report. */
export const EXPOSED_MAX = 100

/** Characters of the name of a route. */
const ROUTE_LENGTH_MAX = 256

/** Uses of claims that one report lists at most; the others wait for the next report. */
export const USED_MAX = 200

/** Unverified sources that one report lists at most; it counts the others. */
export const UNVERIFIED_SOURCES_MAX = 20

/** Routes with refused requests that one report lists at most, those with the most requests. */
export const REFUSED_ROUTES_MAX = 20

/** Unverified claims of refused requests that one report lists for one route at most. */
export const REFUSED_CLAIMS_MAX = 16

/** Observed routes that one report lists at most, those with the most requests. */
export const OBSERVED_ROUTES_MAX = 20

const routeName = text(ROUTE_LENGTH_MAX)

const exposureSchema = z.object({
  tenant: tenantId,
  partition: count,
  offset: decimal,
  change: eventId,
  commitAt: time,
  route: routeName,
  requests: count,
  firstAt: time,
  lastAt: time,
})

/** Requests that a route allowed between a change at its source and its apply at the edge. */
export type WireExposure = Wire<typeof exposureSchema>

/** The extent to which a route used a claim. */
export const claimUseSchema = z.object({
  audience: text(256),
  route: routeName,
  claim: claimName,
  decisions: count,
  required: count,
  needed: count,
  carried: count,
})

const unverifiedSchema = z.object({
  outOfView: z.literal(true).exactOptional(),
  sources: z
    .array(z.object({ tenant: tenantId, source: sourceId, since: time.exactOptional() }))
    .max(UNVERIFIED_SOURCES_MAX),
  more: count.exactOptional(),
})

/** The sources that an edge cannot vouch for, on the wire. */
export type WireUnverified = Wire<typeof unverifiedSchema>

export const refusedRouteSchema = z.object({
  tenant: tenantId,
  audience: text(LENGTHS_OF_REPORT.name),
  route: routeName,
  claims: z.array(claimName).min(1).max(REFUSED_CLAIMS_MAX),
  requests: count,
})

export const observedRouteSchema = z.object({
  tenant: tenantId,
  audience: text(LENGTHS_OF_REPORT.name),
  route: routeName,
  requests: count,
  gone: count,
  undated: count,
  oldest: z.number().min(0).exactOptional(),
})

const deniedSchema = z.object({
  stale: count,
  unverified: count,
  insufficient: count,
  other: count,
})

/** Returns whether a report can contain a route of that name. */
export function isRouteName(name: string): boolean {
  return routeName.safeParse(name).success
}

/** Returns whether a report can name a client of that id. */
export function isClientId(id: string): boolean {
  return text(LENGTHS_OF_REPORT.client).safeParse(id).success
}

/** Every state that an edge reports about itself. */
export const EDGE_STATES = ['starting', 'live', 'lagging', 'unverified', 'closing'] as const

/** Returns whether an edge can report this as its state. */
export function isEdgeState(word: string): word is (typeof EDGE_STATES)[number] {
  return (EDGE_STATES as readonly string[]).includes(word)
}

const restShape = {
  decisions: z.object({ allow: count, deny: count, challenge: count }),
  denied: deniedSchema.exactOptional(),
  unverified: unverifiedSchema.exactOptional(),
  refused: z.array(refusedRouteSchema).max(REFUSED_ROUTES_MAX).exactOptional(),
  observed: z.record(z.string().max(64), count).exactOptional(),
  observedRoutes: z.array(observedRouteSchema).max(OBSERVED_ROUTES_MAX).exactOptional(),
  opened: count.exactOptional(),
  start: text(LENGTHS_OF_REPORT.start).exactOptional(),
  n: count.exactOptional(),
  clock: z.object({ offset: z.number(), error: z.number().min(0).nullable() }).exactOptional(),
  allows: z.object({ evictions: count, dropped: count }).exactOptional(),
  exposed: z.array(exposureSchema).max(EXPOSED_MAX).exactOptional(),
  used: z.array(claimUseSchema).max(USED_MAX).exactOptional(),
  client: text(LENGTHS_OF_REPORT.client).exactOptional(),
}

/** The members behind the partitions, and no other member. */
export const reportRestSchema = z.strictObject(restShape)

/** The members behind the partitions of a report. */
export type WireReportRest = Wire<typeof reportRestSchema>

const partitionSchema = z.object({
  partition: count,
  e: decimal.exactOptional(),
  applied: decimal,
  viewAge: z.number().min(0).nullable(),
  applies: z
    .array(
      z.object({
        upTo: decimal,
        appendedAt: time,
        appliedAt: time,
        allowsSince: time.exactOptional(),
      }),
    )
    .max(APPLIES_MAX),
})

/** One partition of an edge's report; `viewAge` is in seconds. */
export type WireEdgePartition = Wire<typeof partitionSchema>

/** A report of an edge. */
export const edgeReportSchema = z.object({
  edge: text(LENGTHS_OF_REPORT.name),
  audience: text(LENGTHS_OF_REPORT.name),
  version: text(LENGTHS_OF_REPORT.version),
  at: time,
  state: z.enum(EDGE_STATES),
  partitions: z.array(partitionSchema).max(PARTITIONS_MAX),
  ...restShape,
})

/** A report of an edge on the wire. */
export type WireEdgeReport = Wire<typeof edgeReportSchema>
