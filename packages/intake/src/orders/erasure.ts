import { FreshetError, type Clock, type Subject } from '@freshet/protocol'
import { erasedEntry, type AuditEntry } from '@freshet/wire'

/** The result of an erasure. */
export type ErasureOutcome =
  /** The counts of rows that were deleted or lost the name, by kind of row. The audit log has its entry. */
  | { readonly kind: 'erased'; readonly rows: Readonly<Record<string, number>> }
  /** No row has this subject. */
  | { readonly kind: 'unknown' }
  /** The account of the subject is not deleted, so fresh tokens of it can exist. */
  | { readonly kind: 'not-deleted' }
  /** Some record of the subject is not published yet, perhaps its deletion. */
  | { readonly kind: 'unpublished' }

/** The store that erases a subject. */
export interface ErasureStore {
  /**
   * Removes the subject from every table and adds the audit entry, in one transaction, or changes nothing. No
   * record of the subject is written at the same time.
   *
   * Invariant: a digest keeps the account known as deleted. The watermarks of the subject live as long as any
   * other.
   *
   * @throws `database.*`; the outcome is then unknown, and a second call is safe
   */
  erase(subject: Subject, entryOf: (rows: number) => AuditEntry): Promise<ErasureOutcome>
}

/** The dependencies of an erasure. */
export interface ErasureParts {
  readonly store: ErasureStore
  readonly clock: Clock
  /** Creates the id of the erasure. The id is the only name of the subject that people see afterwards. */
  readonly newId: () => string
}

/** An operator's order to erase a subject. */
export interface ErasureOrder {
  readonly subject: Subject
  readonly by: string
  readonly reason: string
}

/**
 * Erases a subject whose account its source has deleted by a record of the change topic. Its tokens are
 * therefore stale at every edge, and no token is minted. The audit log records the erasure but not the
 * subject.
 *
 * @throws `request.not-found`, `erasure.early`, `database.*`
 */
export async function eraseSubject(
  { store, clock, newId }: ErasureParts,
  { subject, by, reason }: ErasureOrder,
): Promise<{ readonly id: string; readonly rows: Readonly<Record<string, number>> }> {
  const id = newId()
  const order = { id, tenant: subject.tenant, by, reason, atMs: clock.nowMs() }
  const outcome = await store.erase(subject, (rows) => erasedEntry({ ...order, rows }))
  switch (outcome.kind) {
    case 'erased':
      return { id, rows: outcome.rows }
    case 'unknown':
      throw new FreshetError('request.not-found', 'Nothing is stored of this subject.')
    case 'not-deleted':
      throw new FreshetError(
        'erasure.early',
        'The account of the subject is not deleted: its source must delete it first.',
      )
    case 'unpublished':
      throw new FreshetError(
        'erasure.early',
        'The deletion of the account is not published yet: try again in a moment.',
      )
  }
}
