import { EVERY_TENANT, invariant, type SourceHeartbeat } from '@freshet/protocol'
import { TENANT_HEADER } from './change-record.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { heartbeatsBodySchema, sourceHeartbeatsSchema } from './heartbeats-schema.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { memberOf } from '../authentication/proven-record.ts'
import { bytesOf, cloudEventHeaders, isOfType } from '../log/record-bytes.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { checkShape } from '../json/wire-problems.ts'

/** The body of one heartbeat for many tenants. The signer is the source. */
export interface HeartbeatsBody {
  readonly throughMs: number
  /** At most `HEARTBEAT_TENANTS_MAX`, each of them once. */
  readonly tenants: readonly TenantSequence[]
}

/** A tenant, and its last number there if the source is dense. */
export interface TenantSequence {
  readonly tenant: string
  readonly sequence?: bigint
}

/** One heartbeat of a source for several of its feeds in one partition. */
export interface SourceHeartbeats {
  readonly source: string
  readonly throughMs: number
  /** The last number of each feed in the partition, by tenant. */
  readonly last: ReadonlyMap<string, bigint>
}

/**
 * Reads the body of `POST /v1/heartbeats` for many tenants. Returns `undefined` if it has no member
 * `tenants`.
 *
 * @throws `event.malformed` (an `EventError`) with every JSON pointer and rule
 */
export function parseHeartbeats(json: unknown): HeartbeatsBody | undefined {
  if (memberOf(json, 'tenants') === undefined) return undefined
  const { through, tenants } = checkShape(heartbeatsBodySchema, json)
  return {
    throughMs: timeOf(through),
    tenants: tenants.map(({ tenant, sequence }) =>
      sequence === undefined ? { tenant } : { tenant, sequence: BigInt(sequence) },
    ),
  }
}

/**
 * Encodes the heartbeats of several feeds of one source as one record (rule 12). Its header names every
 * tenant. The quick reader of JSON accepts two lists; a list of so many objects would go to the strict one.
 */
export function encodeHeartbeats({ source, throughMs, last }: SourceHeartbeats): OutgoingRecord {
  const through = formatRfc3339(throughMs)
  const id = `heartbeats:${through}`
  const attributes = { id, source, type: EVENT_TYPES.heartbeats, time: through }
  const data = { through, tenants: [...last.keys()], last: [...last.values()].map(String) }
  return {
    key: bytesOf(JSON.stringify([EVERY_TENANT])),
    value: bytesOf(JSON.stringify(data)),
    headers: { ...cloudEventHeaders(attributes), [TENANT_HEADER]: bytesOf(EVERY_TENANT) },
  }
}

/** Returns the heartbeats in the data of such a record. @throws `event.malformed` */
export function heartbeatsOf(source: string, data: unknown): readonly SourceHeartbeat[] {
  const { through, tenants, last } = checkShape(sourceHeartbeatsSchema, data)
  const throughMs = timeOf(through)
  return tenants.map((tenant, at) => ({
    kind: 'heartbeat',
    tenant,
    source,
    throughMs,
    last: BigInt(last[at] ?? 0),
  }))
}

/** Returns whether a record of the change topic has the type of a heartbeat, for one tenant or for many. */
export function isHeartbeatRecord({ headers }: Pick<OutgoingRecord, 'headers'>): boolean {
  return isOfType(headers, EVENT_TYPES.heartbeat) || isOfType(headers, EVENT_TYPES.heartbeats)
}

function timeOf(through: string): number {
  const throughMs = parseRfc3339(through)
  invariant(throughMs !== undefined, 'the schema let a time through that is none')
  return throughMs
}
