import { valueKey } from '../claims/claim-state.ts'
import type { Claim, Registry } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import { isInDoubt, mintableValues } from './claims-in-force.ts'
import type { PartiesState, SubjectSnapshot } from './mint-snapshot.ts'

/**
 * The values of a claim that a token of these parties has. An actor can do only what each party could do: a
 * value that grants is one that all of them have, and a restriction of any party is one of the token. A
 * scalar has the one value that all parties have. Descriptive claims, and those that the registry delegates
 * from the subject, are the subject's alone.
 */
export function valuesOfParties(
  claim: Claim,
  snapshot: PartiesState,
  registry: Registry,
): readonly ClaimValue[] {
  const all = concerned(claim, snapshot).map((partySnapshot) =>
    mintableValues(claim, partySnapshot, registry),
  )
  const [own = [], ...others] = all
  if (others.length === 0) return own
  if (claim.polarity === 'restrict') return distinct(all.flat())
  const keys = others.map((values) => new Set(values.map(valueKey)))
  return own.filter((value) => keys.every((of) => of.has(valueKey(value))))
}

/** In doubt for one of them, or a scalar by which they are restricted in two ways. */
export function isInDoubtForParties(
  claim: Claim,
  snapshot: PartiesState,
  registry: Registry,
): boolean {
  const ofOne = concerned(claim, snapshot).some((partySnapshot) =>
    isInDoubt(claim, partySnapshot, registry),
  )
  return (
    ofOne || (claim.shape === 'scalar' && valuesOfParties(claim, snapshot, registry).length > 1)
  )
}

/** The state of each party whose values count. */
function concerned(claim: Claim, snapshot: PartiesState): readonly SubjectSnapshot[] {
  const [, ...actors] = snapshot.parties
  if (!concernsActors(claim)) return [snapshot]
  return [snapshot, ...actors.map((actor) => ({ ...actor, parties: [actor] as const }))]
}

/** A restriction of an actor always counts: without it more would be allowed (rule 24). */
function concernsActors({ kind, polarity, delegation = 'intersect' }: Claim): boolean {
  if (kind === 'descriptive') return false
  return polarity === 'restrict' || delegation === 'intersect'
}

function distinct(values: readonly ClaimValue[]): readonly ClaimValue[] {
  return [...new Map(values.map((value) => [valueKey(value), value])).values()]
}
