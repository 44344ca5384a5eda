import { FreshetError, type Clock, type Subject } from '@freshet/domain'
import { erasedEntry, type AuditEntry } from '@freshet/events'

/** What came of it. */
export type ErasureOutcome =
  /** Rows that went, or lost the name, by what they are; the audit has its entry. */
  | { readonly kind: 'erased'; readonly rows: Readonly<Record<string, number>> }
  /** Nothing is stored under the name. */
  | { readonly kind: 'unknown' }
  /** Its account is not deleted: tokens of it may be out that are fresh. */
  | { readonly kind: 'not-deleted' }
  /** Something of it is not published yet, its deletion perhaps. */
  | { readonly kind: 'unpublished' }

/** Where a subject is erased. */
export interface ErasureStore {
  /**
   * Takes what names the subject out of every table, and adds the entry, in one transaction; or does
   * nothing. Nothing is recorded of the subject meanwhile.
   *
   * Invariant: its account stays known as deleted, by a digest; its watermarks stay as long as any.
   *
   * @throws `database.*`; the outcome is then unknown, and doing it again is safe
   */
  erase(subject: Subject, entryOf: (rows: number) => AuditEntry): Promise<ErasureOutcome>
}

/** What erasing needs of the process. */
export interface ErasureParts {
  readonly store: ErasureStore
  readonly clock: Clock
  /** Names the erasure: nothing else will name the subject to people. */
  readonly newId: () => string
}

/** An operator's order. */
export interface ErasureOrder {
  readonly subject: Subject
  readonly by: string
  readonly reason: string
}

/**
 * Erases a subject whose account its source has deleted: a record of the change topic, so that tokens
 * of it are stale at every edge, and none is minted. The audit keeps that it was done, not whom it concerned.
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
        'The account of the subject is not deleted: its source must say so first.',
      )
    case 'unpublished':
      throw new FreshetError(
        'erasure.early',
        'The deletion of the account is not published yet: try again in a moment.',
      )
  }
}
