import type { StoredStatus, StreamStatus } from '@freshet/audit'
import type { AuditStream, OutgoingRecord } from '@freshet/wire'

/** An audit entry that is not sealed yet. Key: id. */
export interface AuditPendingRow {
  readonly stream: AuditStream
  readonly id: bigint
  readonly text: string
}

/** The state of a chain. Key: stream. */
export type AuditStreamRow = StreamStatus & Pick<StoredStatus, 'pruned'>

/** A signed head in the store. Key: stream, n. */
export interface AuditHeadRow {
  readonly stream: AuditStream
  readonly n: bigint
  readonly hash: string
  readonly atMs: number
  readonly record: OutgoingRecord
}
