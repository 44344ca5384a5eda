import type { ErrorCode } from '../errors/error-codes.ts'

/** Where a replay was appended: incarnation and offset of the record's own partition. */
export interface SentPlace {
  readonly e: bigint
  readonly offset: bigint
}

/** What was recorded around that place. */
export interface SentEvidence {
  /** How far the partition was recorded. */
  readonly progress: { readonly e: bigint; readonly nextOffset: bigint }
  /** Outcome of the change that was logged at the place; null where none was. */
  readonly logged: 'applied' | 'noop' | 'late' | 'quarantined' | 'doubtful' | 'held' | null
  /** Why the place was parked again; null where it was not. */
  readonly parked: { readonly code: ErrorCode; readonly rule: string } | null
}

/** What became of a record that was sent again. */
export type SentOutcome =
  | { readonly kind: 'taken'; readonly outcome: 'applied' | 'noop' | 'late' | 'repeat' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly rule: string }
  /** The reconciler has not come there yet. */
  | { readonly kind: 'pending' }
  /** The topic lost it: nobody knows, and it may be sent again. */
  | { readonly kind: 'lost' }

/** What became of a replay. A place that left no trace was a repeat: it changed nothing. */
export function sentOutcome(
  sent: SentPlace,
  { progress, logged, parked }: SentEvidence,
): SentOutcome {
  if (progress.e !== sent.e) return { kind: 'lost' }
  if (progress.nextOffset <= sent.offset) return { kind: 'pending' }
  if (parked !== null) return { kind: 'refused', ...parked }
  if (logged === 'applied' || logged === 'noop' || logged === 'late') {
    return { kind: 'taken', outcome: logged }
  }
  return { kind: 'taken', outcome: 'repeat' }
}
