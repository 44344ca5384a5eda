import * as z from 'zod'
import { claimName, count, decimal, eventId, tenantId, text, time } from '../json/wire-types.ts'

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

/** A report of an edge on the wire. */
export interface WireEdgeReport extends WireReportRest {
  readonly edge: string
  readonly audience: string
  readonly version: string
  readonly at: string
  readonly state: 'starting' | 'live' | 'lagging' | 'unverified' | 'closing'
  readonly partitions: readonly WireEdgePartition[]
}

/** The members behind the partitions of a report. */
export interface WireReportRest {
  readonly decisions: { readonly allow: number; readonly deny: number; readonly challenge: number }
  readonly observed?: Readonly<Record<string, number>>
  readonly opened?: number
  readonly start?: string
  readonly n?: number
  readonly clock?: { readonly offset: number; readonly error: number | null }
  readonly allows?: { readonly evictions: number; readonly dropped: number }
  readonly exposed?: readonly WireExposure[]
  readonly used?: readonly WireClaimUse[]
  readonly client?: string
}

/** Requests that a route allowed between a change at its source and its apply at the edge. */
export interface WireExposure {
  readonly tenant: string
  readonly partition: number
  readonly offset: string
  readonly change: string
  readonly commitAt: string
  readonly route: string
  readonly requests: number
  readonly firstAt: string
  readonly lastAt: string
}

/** The extent to which a route used a claim. */
export interface WireClaimUse {
  readonly audience: string
  readonly route: string
  readonly claim: string
  readonly decisions: number
  readonly required: number
  readonly needed: number
  readonly carried: number
}

/** One partition of an edge's report; `viewAge` is in seconds. */
export interface WireEdgePartition {
  readonly partition: number
  readonly e?: string
  readonly applied: string
  readonly viewAge: number | null
  readonly applies: readonly {
    readonly upTo: string
    readonly appendedAt: string
    readonly appliedAt: string
    readonly allowsSince?: string
  }[]
}

const routeName = text(ROUTE_LENGTH_MAX)

const exposureSchema: z.ZodType<WireExposure> = z.object({
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

const claimUseSchema: z.ZodType<WireClaimUse> = z.object({
  audience: text(256),
  route: routeName,
  claim: claimName,
  decisions: count,
  required: count,
  needed: count,
  carried: count,
})

/** Returns whether a report can contain a route of that name. */
export function isRouteName(name: string): boolean {
  return routeName.safeParse(name).success
}

/** Returns whether a report can name a client of that id. */
export function isClientId(id: string): boolean {
  return text(LENGTHS_OF_REPORT.client).safeParse(id).success
}

const states = ['starting', 'live', 'lagging', 'unverified', 'closing'] as const

/** Returns whether an edge can report this as its state. */
export function isEdgeState(word: string): word is WireEdgeReport['state'] {
  return (states as readonly string[]).includes(word)
}

const restShape = {
  decisions: z.object({ allow: count, deny: count, challenge: count }),
  observed: z.record(z.string().max(64), count).exactOptional(),
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
export const reportRestSchema: z.ZodType<WireReportRest> = z.strictObject(restShape)

/** A report of an edge. */
export const edgeReportSchema: z.ZodType<WireEdgeReport> = z.object({
  edge: text(LENGTHS_OF_REPORT.name),
  audience: text(LENGTHS_OF_REPORT.name),
  version: text(LENGTHS_OF_REPORT.version),
  at: time,
  state: z.enum(states),
  partitions: z
    .array(
      z.object({
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
      }),
    )
    .max(PARTITIONS_MAX),
  ...restShape,
})
