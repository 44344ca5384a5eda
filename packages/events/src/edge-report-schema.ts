import * as z from 'zod'
import { count, decimal, text, time } from './wire-types.ts'

/** Applies that one report may list for one partition. */
export const APPLIES_MAX = 100

const PARTITIONS_MAX = 1024

/** A report of an edge on the wire. */
export interface WireEdgeReport {
  readonly edge: string
  readonly audience: string
  readonly version: string
  readonly at: string
  readonly state: 'starting' | 'live' | 'lagging' | 'unverified' | 'closing'
  readonly partitions: readonly WireEdgePartition[]
  readonly decisions: { readonly allow: number; readonly deny: number; readonly challenge: number }
  readonly observed?: Readonly<Record<string, number>>
  readonly opened?: number
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
  }[]
}

/** A report of an edge. */
export const edgeReportSchema: z.ZodType<WireEdgeReport> = z.object({
  edge: text(256),
  audience: text(256),
  version: text(64),
  at: time,
  state: z.enum(['starting', 'live', 'lagging', 'unverified', 'closing']),
  partitions: z
    .array(
      z.object({
        partition: count,
        e: decimal.exactOptional(),
        applied: decimal,
        viewAge: z.number().min(0).nullable(),
        applies: z
          .array(z.object({ upTo: decimal, appendedAt: time, appliedAt: time }))
          .max(APPLIES_MAX),
      }),
    )
    .max(PARTITIONS_MAX),
  decisions: z.object({ allow: count, deny: count, challenge: count }),
  observed: z.record(z.string().max(64), count).exactOptional(),
  opened: count.exactOptional(),
})
