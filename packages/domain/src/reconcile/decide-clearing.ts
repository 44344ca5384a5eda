import type { ClearDoubt } from '../change.ts'
import { noteDoubt, type Draft } from './draft.ts'
import { logAccepted, type Accepted } from './origin.ts'

/**
 * Settles one doubt by an operator's word. What is minted from here on is what the source said otherwise;
 * the watermark that came with the doubt stays, so no token that was stale is fresh again.
 */
export function decideClearing(draft: Draft, accepted: Accepted<ClearDoubt>): void {
  const { subject, claim, record: ref } = accepted.change
  noteDoubt(draft, { subject, claim, ref, raised: false, settled: true })
  logAccepted(draft, accepted, { outcome: 'applied', tightened: false })
}
