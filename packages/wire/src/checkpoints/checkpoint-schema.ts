import * as z from 'zod'
import { OPENINGS_MAX, RECORDS_PER_CHECKPOINT_MAX } from '@freshet/protocol'
import {
  claimName,
  count,
  critical,
  decimal,
  eventId,
  hashText,
  LENGTHS,
  sourceId,
  tenantId,
  text,
  time,
} from '../json/wire-types.ts'

/** The wire form of the time up to which a source has sent everything. */
export interface WireThrough {
  readonly at: string | null
  readonly state: string
}

/** Many tenants that are stated by one time for each source, on the wire. */
export interface WireGroup {
  readonly list: string
  readonly tenants?: readonly string[]
  readonly at: Readonly<Record<string, string>>
}

/** A break-glass grant, on the wire: a route that is open for a claim. */
export interface WireOpening {
  readonly id: string
  readonly tenant: string
  readonly audience: string
  readonly route: string
  readonly claim: string
  readonly from: string
  readonly until: string
}

/** The members that a heartbeat adds to a checkpoint; a checkpoint with `through` is a heartbeat. */
export interface WireHeartbeat {
  readonly through: Readonly<Record<string, Readonly<Record<string, WireThrough>>>>
  readonly groups?: readonly WireGroup[]
  readonly minimum: number
  readonly foreignSince?: string
  readonly map: { readonly version: number; readonly hash: string }
  readonly next: { readonly offset: string; readonly hash: string | null }
  readonly base: { readonly hash: string; readonly offset: string }
  readonly tokenLifeMaxMs?: number
  readonly openings?: readonly WireOpening[]
  readonly at?: string
}

/** A checkpoint on the wire; `n` and `hash` are those of the records directly before it. */
export interface WireCheckpoint {
  readonly e: string
  readonly partition: number
  readonly generation: string
  readonly previous: string | null
  readonly nonce?: string
  readonly n: number
  readonly hash: string
  readonly critical?: readonly string[]
}

const checkpointMembers = {
  e: decimal,
  partition: count,
  generation: decimal,
  previous: hashText.nullable(),
  nonce: text(LENGTHS.nonce).exactOptional(),
  n: count.describe(
    `The number of records directly before it that it covers. Edges ignore a checkpoint of more than ${RECORDS_PER_CHECKPOINT_MAX}.`,
  ),
  hash: hashText,
  critical: critical.exactOptional(),
}

const heartbeatMembers = {
  through: z.record(
    tenantId,
    z.record(sourceId, z.object({ at: time.nullable(), state: z.string().max(32) })),
  ),
  groups: z
    .array(
      z.object({
        list: hashText,
        tenants: z.array(tenantId).exactOptional(),
        at: z.record(sourceId, time),
      }),
    )
    .exactOptional(),
  minimum: count,
  foreignSince: time.exactOptional(),
  map: z.object({ version: count, hash: z.string().max(64) }),
  next: z.object({ offset: decimal, hash: z.string().max(128).nullable() }),
  base: z.object({ hash: hashText, offset: decimal }),
  tokenLifeMaxMs: count.exactOptional(),
  openings: z
    .array(
      z.object({
        id: eventId,
        tenant: tenantId,
        audience: text(256),
        route: text(512),
        claim: claimName,
        from: time,
        until: time,
      }),
    )
    .max(OPENINGS_MAX)
    .exactOptional(),
  at: time.exactOptional(),
}

/** The members that every checkpoint has. */
export const checkpointSchema: z.ZodType<WireCheckpoint> = z.object(checkpointMembers)

/** The members that a heartbeat has in addition. */
export const heartbeatMembersSchema: z.ZodType<WireHeartbeat> = z.object(heartbeatMembers)

/** A whole checkpoint or heartbeat. */
export const checkpointOrHeartbeatSchema: z.ZodType = z.union([
  z.object({ ...checkpointMembers, ...heartbeatMembers }),
  z.object(checkpointMembers),
])
