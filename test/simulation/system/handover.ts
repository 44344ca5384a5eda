import type { Entry } from './journal.ts'
import { asEnded } from './incarnations.ts'
import { isAbout } from './truth.ts'
import type { HeldToken, World } from './world.ts'

/** Returns whether every process has loaded the newest policy version, and every partition passed it. */
export function isActive({ database, policy }: World): boolean {
  return (
    [...policy.loaded.values()].every((version) => version === policy.version) &&
    database.progress.values().every(({ activePv }) => activePv === policy.version)
  )
}

/** Returns whether an entry is of a claim that moves in this run. */
export function isMoving({ handovers }: World, { fact }: Entry): boolean {
  return fact.kind === 'claim' && handovers.some(({ claim }) => claim === fact.claim)
}

/**
 * Returns whether a claim moved to another source after this entry. The entry can have been recorded before.
 * Otherwise no reconciler records it any more, and the new source has stated the claim again.
 */
export function isHandedOver({ handovers }: World, { source, fact, atMs }: Entry): boolean {
  if (fact.kind !== 'claim') return false
  return handovers.some(
    (handover) =>
      handover.claim === fact.claim && handover.from === source && handover.atMs >= atMs,
  )
}

/**
 * Returns whether this change can be the reason for a stale claim of a token. The new source of a moved claim
 * starts from nothing (rule 32). Its first change removes the values of the source before, also if it adds a
 * value. Tokens with the claim by that source have ended anyway, by the version that moved it.
 */
export function mayBeStaleBy(world: World, id: string, token: HeldToken, claim: string): boolean {
  if (world.truth.mayBeStaleBy(id, asEnded(world, token), claim)) return true
  const { fact, source } = world.truth.find(id) ?? {}
  if (fact?.kind !== 'claim' || !isAbout(fact, token, claim)) return false
  return world.handovers.some(
    ({ claim: given, from, pv }) => given === fact.claim && from !== source && token.pv < pv,
  )
}
