import type { StoredStanding, StreamStanding } from '@freshet/audit'
import type { AuditStream, OutgoingRecord } from '@freshet/events'

/** An entry of the audit that waits to be sealed. Key: id. */
export interface AuditPendingRow {
  readonly stream: AuditStream
  readonly id: bigint
  readonly text: string
}

/** The state of a chain. Key: stream. */
export type AuditStreamRow = StreamStanding & Pick<StoredStanding, 'pruned'>

/** A signed head that is kept. Key: stream, n. */
export interface AuditHeadRow {
  readonly stream: AuditStream
  readonly n: bigint
  readonly hash: string
  readonly atMs: number
  readonly record: OutgoingRecord
}
