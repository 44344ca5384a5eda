import type { ErrorCode } from '@freshet/protocol'
import type { QuarantinedState } from '@freshet/protocol/quarantine'
import type { QuarantinedRecord } from '@freshet/reconciler'

/** A row of `quarantine`. */
export interface QuarantinedRow {
  id: string
  topic: string
  partition: number
  e: bigint
  log_offset: bigint
  at_ms: bigint
  last_e: bigint
  last_offset: bigint
  last_at_ms: bigint
  arrivals: bigint
  code: string
  rule: string
  tenant: string | null
  source: string | null
  change: string | null
  bytes: number
  stands_partition: number | null
  stands_offset: bigint | null
  state: QuarantinedState
  replays: number
  sent_e: bigint | null
  sent_offset: bigint | null
  outcome: string | null
  decided_by: string | null
  decided_at_ms: bigint | null
  reason: string | null
}

/** The row in the types of the port. */
export function toQuarantined(row: QuarantinedRow): QuarantinedRecord {
  const { id, topic, partition, rule, tenant, source, change, bytes } = row
  return {
    id,
    topic,
    partition,
    rule,
    tenant,
    source,
    change,
    bytes,
    first: {
      e: row.e,
      offset: row.log_offset,
      atMs: Number(row.at_ms),
    },
    last: {
      e: row.last_e,
      offset: row.last_offset,
      atMs: Number(row.last_at_ms),
    },
    arrivals: Number(row.arrivals),
    code: row.code as ErrorCode,
    stands: standsOf(row),
    state: row.state,
    replays: row.replays,
    sent:
      row.sent_e === null || row.sent_offset === null
        ? null
        : {
            e: row.sent_e,
            offset: row.sent_offset,
          },
    outcome: row.outcome,
    decided: decidedOf(row),
  }
}

function standsOf({
  stands_partition: partition,
  stands_offset: offset,
}: QuarantinedRow): QuarantinedRecord['stands'] {
  return partition === null || offset === null ? null : { partition, offset }
}

function decidedOf({
  decided_by: by,
  decided_at_ms: atMs,
  reason,
}: QuarantinedRow): QuarantinedRecord['decided'] {
  return by === null || atMs === null ? null : { by, atMs: Number(atMs), reason }
}
