import type { Clock } from '@freshet/protocol'
import {
  DOUBTS_SHOWN_MAX,
  type QuarantinedRecord,
  type QuarantinedEffects,
  type QuarantineStore,
} from './quarantine-store.ts'
import { findQuarantined } from './replay-record.ts'

/** The result of dropping a record, and the doubts that it leaves. */
export interface Dropped {
  /** `false`: it was dropped or replayed before, and its state did not change. */
  readonly isNew: boolean
  readonly quarantined: QuarantinedRecord
  readonly effects: QuarantinedEffects
}

/**
 * Closes the case of a quarantined record permanently. It decides nothing about authority: a claim that the
 * record put in doubt stays in doubt until its source states it again (rule 20).
 *
 * @throws `request.not-found`, `database.*`
 */
export async function dropRecord(
  { store, clock }: { readonly store: QuarantineStore; readonly clock: Clock },
  id: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<Dropped> {
  await findQuarantined(store, id)
  const isNew = await store.drop(id, { by, reason, atMs: clock.nowMs() })
  const quarantined = await findQuarantined(store, id)
  return { isNew, quarantined, effects: await store.effects(quarantined, DOUBTS_SHOWN_MAX) }
}
