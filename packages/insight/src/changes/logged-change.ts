import type { ChangedValues } from '@freshet/protocol'

/** A change as the reconciler logged it. */
export interface LoggedChange {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly e: bigint
  readonly partition: number
  readonly offset: bigint
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  /** Subject key. */
  readonly subject: string | null
  readonly class: string | null
  readonly outcome: string
  readonly tightened: boolean
  /** The values that it changed. Absent: none, or an earlier version recorded it. */
  readonly changed?: ChangedValues
  /** Outstanding tokens that it has made stale so far. */
  readonly tokensMarked: number
  /** Marking goes on: it can make more tokens stale. */
  readonly isMarking?: true
  readonly occurredAtMs: number
  readonly appendedAtMs: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly publishedAtMs: number | null
  readonly revocationOffset: bigint | null
  readonly traceparent: string | null
}
