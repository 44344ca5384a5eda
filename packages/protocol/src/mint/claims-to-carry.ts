import { derivedFrom } from '../claims/claim-map.ts'
import type { Audience, Claim, Registry } from '../registry/registry.ts'
import type { Omission } from '../judge/token.ts'
import { sizeOf } from './claims-in-force.ts'
import type { MintSnapshot } from './mint-snapshot.ts'
import { isInDoubtForParties, valuesOfParties } from './rights-of-parties.ts'

/** The claims of an audience, parted by whether a token carries them. */
export interface CarriedClaims {
  readonly claims: readonly Claim[]
  /** Left out, where the registry lets it: the token names each of them. */
  readonly omitted: ReadonlyMap<string, Omission>
}

/**
 * Separates the claims that a token leaves out and names: those whose source is silent or which are in doubt
 * (`onMissing: omit`), and those that are too large (`onOver: omit`). If a token is too large as a whole, the
 * last of its audience's claims go first, until the rest fits. A claim that must not be left out stays, and a
 * later check refuses the token.
 */
export function claimsToCarry(
  all: readonly Claim[],
  { audience, registry }: { readonly audience: Audience; readonly registry: Registry },
  snapshot: MintSnapshot,
  isSilent: (claim: Claim) => boolean,
): CarriedClaims {
  const whole: CarriedClaims = { claims: all, omitted: new Map() }
  if (!all.some(({ onMissing, onOver }) => onMissing === 'omit' || onOver === 'omit')) return whole
  const bytesOf = (claim: Claim): number => sizeOf(valuesOfParties(claim, snapshot, registry))
  const reasonOf = (claim: Claim): Omission | undefined => {
    if (isSilent(claim) || isInDoubtForParties(claim, snapshot, registry)) return 'unverified'
    return claim.maxBytes !== undefined && bytesOf(claim) > claim.maxBytes ? 'over' : undefined
  }
  const carried = all.reduce((left, claim) => {
    const reason = reasonOf(claim)
    return reason === undefined ? left : without(claim, reason, left, registry)
  }, whole)
  const { maxBytes = Infinity } = audience
  const isFitting = ({ claims }: CarriedClaims): boolean =>
    claims.reduce((sum, claim) => sum + bytesOf(claim), 0) <= maxBytes
  return carried.claims.reduceRight(
    (left, claim) => (isFitting(left) ? left : without(claim, 'over', left, registry)),
    carried,
  )
}

/**
 * Leaves out a claim with those that are derived from it, because a token without it does not show whose loss
 * concerns them. It leaves out none of them if one of them must stay.
 */
function without(
  { name }: Claim,
  reason: Omission,
  { claims, omitted }: CarriedClaims,
  registry: Registry,
): CarriedClaims {
  const goes = (each: Claim): boolean =>
    each.name === name || derivedFrom(each.name, registry).includes(name)
  const family = claims.filter(goes)
  if (!family.every((each) => mayOmit(each, reason))) return { claims, omitted }
  return {
    claims: claims.filter((each) => !goes(each)),
    omitted: new Map([...omitted, ...family.map((each) => [each.name, reason] as const)]),
  }
}

/** The absence of a claim that restricts would allow more, whatever the registry has (rule 24). */
function mayOmit({ polarity, onMissing, onOver }: Claim, reason: Omission): boolean {
  return polarity === 'grant' && (reason === 'over' ? onOver : onMissing) === 'omit'
}
