import type { Entry } from './journal.ts'
import type { World } from './world.ts'

/** Whether every process has loaded the newest policy version, and every partition passed it. */
export function isActive({ database, policy }: World): boolean {
  return (
    [...policy.loaded.values()].every((version) => version === policy.version) &&
    database.progress.values().every(({ activePv }) => activePv === policy.version)
  )
}

/** Whether an entry is of a claim that moves in this run. */
export function isMoving({ handovers }: World, { fact }: Entry): boolean {
  return fact.kind === 'claim' && handovers.some(({ claim }) => claim === fact.claim)
}

/**
 * Whether a claim was given to another source after this was said of it. It may have been recorded
 * before; else nobody may record it any more, and whoever has the claim now has stated it anew.
 */
export function isHandedOver({ handovers }: World, { source, fact, atMs }: Entry): boolean {
  if (fact.kind !== 'claim') return false
  return handovers.some(
    (handover) =>
      handover.claim === fact.claim && handover.from === source && handover.atMs >= atMs,
  )
}
