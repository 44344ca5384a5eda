import type { Entry } from './journal.ts'
import { asEnded } from './incarnations.ts'
import { isAbout } from './truth.ts'
import type { HeldToken, World } from './world.ts'

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

/**
 * Whether this change may be why a claim of a token is stale. Whoever is given a claim starts from nothing (rule 32):
 * its first word takes away what its source before had said, also where it adds a value. Tokens that
 * have the claim by that source are over anyway, by the version that gave it away.
 */
export function mayBeStaleBy(world: World, id: string, token: HeldToken, claim: string): boolean {
  if (world.truth.mayBeStaleBy(id, asEnded(world, token), claim)) return true
  const { fact, source } = world.truth.find(id) ?? {}
  if (fact?.kind !== 'claim' || !isAbout(fact, token, claim)) return false
  return world.handovers.some(
    ({ claim: given, from, pv }) => given === fact.claim && from !== source && token.pv < pv,
  )
}
