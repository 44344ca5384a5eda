import type { ClearDoubt } from '../../changes/change.ts'
import { noteDoubt, type Draft } from '../draft.ts'
import { logAccepted, type Accepted } from '../origin.ts'

/**
 * Settles one doubt by the order of an operator. Tokens minted from here on carry the values that the source
 * sent otherwise; the watermark of the doubt stays, so no stale token becomes fresh again.
 */
export function decideClearing(draft: Draft, accepted: Accepted<ClearDoubt>): void {
  const { subject, claim, record: ref } = accepted.change
  noteDoubt(draft, { subject, claim, ref, raised: false, settled: true })
  logAccepted(draft, accepted, { outcome: 'applied', tightened: false })
}
