import type { ErrorCode } from '../errors/error-codes.ts'

/** The place of a replay: incarnation and offset of the record's own partition. */
export interface SentPlace {
  readonly e: bigint
  readonly offset: bigint
}

/** The records around that place. */
export interface SentEvidence {
  /** The recording progress of the partition. */
  readonly progress: { readonly e: bigint; readonly nextOffset: bigint }
  /** Outcome of the change that was logged at the place; null where none was. */
  readonly logged: 'applied' | 'noop' | 'late' | 'quarantined' | 'doubtful' | 'held' | null
  /** Why the place was parked again; null where it was not. */
  readonly refusal: { readonly code: ErrorCode; readonly rule: string } | null
}

/** The outcome of a replayed record. */
export type SentOutcome =
  | { readonly kind: 'taken'; readonly outcome: 'applied' | 'noop' | 'late' | 'repeat' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly rule: string }
  /** The reconciler has not come there yet. */
  | { readonly kind: 'pending' }
  /** The topic lost it: its outcome is unknown, and it can be replayed again. */
  | { readonly kind: 'lost' }

/** Derives the outcome of a replay. A place that left no trace was a repeat: it changed nothing. */
export function sentOutcome(
  sent: SentPlace,
  { progress, logged, refusal }: SentEvidence,
): SentOutcome {
  if (progress.e !== sent.e) return { kind: 'lost' }
  if (progress.nextOffset <= sent.offset) return { kind: 'pending' }
  if (refusal !== null) return { kind: 'refused', ...refusal }
  if (logged === 'applied' || logged === 'noop' || logged === 'late') {
    return { kind: 'taken', outcome: logged }
  }
  return { kind: 'taken', outcome: 'repeat' }
}
