import * as z from 'zod'
import { GRANTS_MAX, RECORDS_PER_CHECKPOINT_MAX } from '@freshet/protocol'
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
  type Wire,
} from '../json/wire-types.ts'

const throughSchema = z.object({ at: time.nullable(), state: z.string().max(32) })

/** The wire form of the time up to which a source has sent everything. */
export type WireThrough = Wire<typeof throughSchema>

const groupSchema = z.object({
  list: hashText,
  tenants: z.array(tenantId).exactOptional(),
  at: z.record(sourceId, time),
})

/** Many tenants that are stated by one time for each source, on the wire. */
export type WireGroup = Wire<typeof groupSchema>

const grantSchema = z.object({
  id: eventId,
  tenant: tenantId,
  audience: text(256),
  route: text(512),
  claim: claimName,
  from: time,
  until: time,
})

/** A break-glass grant, on the wire: a route that is open for a claim. */
export type WireGrant = Wire<typeof grantSchema>

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
  through: z.record(tenantId, z.record(sourceId, throughSchema)),
  groups: z.array(groupSchema).exactOptional(),
  minimum: count,
  foreignSince: time.exactOptional(),
  map: z.object({ version: count, hash: z.string().max(64) }),
  next: z.object({ offset: decimal, hash: z.string().max(128).nullable() }),
  base: z.object({ hash: hashText, offset: decimal }),
  tokenLifeMaxMs: count.exactOptional(),
  openings: z.array(grantSchema).max(GRANTS_MAX).exactOptional(),
  at: time.exactOptional(),
}

/** The members that every checkpoint has. */
export const checkpointSchema = z.object(checkpointMembers)

/** A checkpoint on the wire; `n` and `hash` are those of the records directly before it. */
export type WireCheckpoint = Wire<typeof checkpointSchema>

/** The members that a heartbeat has in addition. */
export const heartbeatMembersSchema = z.object(heartbeatMembers)

/** The members that a heartbeat adds to a checkpoint; a checkpoint with `through` is a heartbeat. */
export type WireHeartbeat = Wire<typeof heartbeatMembersSchema>

/** A whole checkpoint or heartbeat. */
export const checkpointOrHeartbeatSchema = z.union([
  z.object({ ...checkpointMembers, ...heartbeatMembers }),
  z.object(checkpointMembers),
])
