import type { Clock } from '@freshet/domain'
import {
  DOUBTS_SHOWN_MAX,
  type Parked,
  type ParkedEffects,
  type QuarantineStore,
} from './quarantine-store.ts'
import { findParked } from './replay-record.ts'

/** What dropping a record did, and what stands because of it all the same. */
export interface Dropped {
  /** `false`: it was dropped or replayed before, and stands as it did. */
  readonly isNew: boolean
  readonly parked: Parked
  readonly effects: ParkedEffects
}

/**
 * Closes the case of a parked record for good. It decides nothing about authority: what the record
 * put in doubt stays in doubt until its source says what holds (rule 20).
 *
 * @throws `request.not-found`, `database.*`
 */
export async function dropRecord(
  { store, clock }: { readonly store: QuarantineStore; readonly clock: Clock },
  id: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<Dropped> {
  await findParked(store, id)
  const isNew = await store.drop(id, { by, reason, atMs: clock.nowMs() })
  const parked = await findParked(store, id)
  return { isNew, parked, effects: await store.effects(parked, DOUBTS_SHOWN_MAX) }
}
