import type { Audience, Registry } from '@freshet/protocol'

/** The use of a claim by a route over some days: sums of the edges' counts. */
export interface UsedClaim {
  readonly audience: string
  readonly route: string
  readonly claim: string
  /** Decisions in which the claim was judged. */
  readonly decisions: number
  /** Those of them in which the route named the values that it needs. */
  readonly required: number
  /** Values that were named in these, and values that the tokens carried, each summed up. */
  readonly needed: number
  readonly carried: number
}

/**
 * `used`: a route named values of it. `unnamed`: it was judged, and no route named values, so its use is
 * unknown. `kept`: no route used it, but a declared route requires it or has policies, which might read it.
 * `unused`: no route used it. `descriptive`: it decides nothing, so no edge sees whether it is read.
 * `no-data`: no decision of the audience was counted at all.
 */
export type UsageState = 'used' | 'unnamed' | 'kept' | 'unused' | 'descriptive' | 'no-data'

/** An audience's use of a claim that its tokens carry. */
export interface ClaimUsage {
  readonly claim: string
  readonly state: UsageState
  readonly decisions: number
  /** Values that a decision needed and a token carried on average; `null` where none were named. */
  readonly needed: number | null
  readonly carried: number | null
  /** Tokens carry {@link FAR_WIDER} times the values that are needed, and {@link WIDE_VALUES} at least. */
  readonly isWide: boolean
}

/** An audience's use of all claims that its tokens carry. */
export interface AudienceUsage {
  readonly audience: string
  readonly claims: readonly ClaimUsage[]
}

/** So many times what is needed is far more than that. */
export const FAR_WIDER = 4

/** A bundle of fewer values is not reported. */
export const WIDE_VALUES = 10

/** The use of each claim in each audience of a registry. */
export function usageOf(registry: Registry, used: readonly UsedClaim[]): readonly AudienceUsage[] {
  return [...registry.audiences.values()].map((audience) => {
    const own = used.filter((each) => each.audience === audience.name)
    return {
      audience: audience.name,
      claims: audience.claims.map((claim) => claimUsage(claim, audience, registry, own)),
    }
  })
}

/** The same registry, its audiences without the unused claims. */
export function withoutUnused(registry: Registry, usage: readonly AudienceUsage[]): Registry {
  const audiences = new Map(registry.audiences)
  for (const { audience: name, claims } of usage) {
    const audience = registry.audiences.get(name)
    const unused = new Set(claims.flatMap(({ claim, state }) => (state === 'unused' ? claim : [])))
    if (audience === undefined || unused.size === 0) continue
    audiences.set(name, {
      ...audience,
      claims: audience.claims.filter((claim) => !unused.has(claim)),
    })
  }
  return { ...registry, audiences }
}

function claimUsage(
  claim: string,
  audience: Audience,
  registry: Registry,
  own: readonly UsedClaim[],
): ClaimUsage {
  const its = own.filter((each) => each.claim === claim)
  const sum = (of: 'decisions' | 'required' | 'needed' | 'carried'): number =>
    its.reduce((total, each) => total + each[of], 0)
  const [decisions, required] = [sum('decisions'), sum('required')]
  const mean = (total: number): number | null => (required === 0 ? null : total / required)
  const [needed, carried] = [mean(sum('needed')), mean(sum('carried'))]
  return {
    claim,
    state: stateOf(claim, audience, registry, { decisions, required, isCounted: own.length > 0 }),
    decisions,
    needed,
    carried,
    isWide: isWide(needed, carried),
  }
}

function stateOf(
  claim: string,
  { routes, scopes = new Map() }: Audience,
  { claims }: Registry,
  seen: { readonly decisions: number; readonly required: number; readonly isCounted: boolean },
): UsageState {
  if (claims.get(claim)?.kind === 'descriptive') return 'descriptive'
  if (seen.required > 0) return 'used'
  if (seen.decisions > 0) return 'unnamed'
  if (!seen.isCounted) return 'no-data'
  const mayNeed =
    [...scopes.values()].some(({ require }) => require.has(claim)) ||
    [...routes.values()].some(({ require, policies }) => require.has(claim) || policies.length > 0)
  return mayNeed ? 'kept' : 'unused'
}

function isWide(needed: number | null, carried: number | null): boolean {
  if (needed === null || carried === null) return false
  return carried >= WIDE_VALUES && carried >= FAR_WIDER * Math.max(1, needed)
}
