import type { Audience, Registry } from '../registry.ts'

/** How a route used a claim over some days: sums of what edges counted. */
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
 * `used`: a route named values of it. `unnamed`: it was judged, and nobody named what was needed, so whether
 * it was cannot be told. `kept`: nobody used it, and a declared route requires it or has policies, which may
 * read it. `unused`: nobody used it. `descriptive`: it decides nothing, so no edge sees whether it is read.
 * `no-data`: no decision of the audience was counted at all.
 */
export type UsageState = 'used' | 'unnamed' | 'kept' | 'unused' | 'descriptive' | 'no-data'

/** How an audience used a claim that its tokens carry. */
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

/** How an audience used what its tokens carry. */
export interface AudienceUsage {
  readonly audience: string
  readonly claims: readonly ClaimUsage[]
}

/** So many times what is needed is far more than that. */
export const FAR_WIDER = 4

/** A bundle of fewer values is not worth a word. */
export const WIDE_VALUES = 10

/** How each audience of a registry used each claim that its tokens carry. */
export function usageOf(registry: Registry, used: readonly UsedClaim[]): readonly AudienceUsage[] {
  return [...registry.audiences.values()].map((audience) => {
    const own = used.filter((each) => each.audience === audience.name)
    return {
      audience: audience.name,
      claims: audience.claims.map((claim) => claimUsage(claim, audience, registry, own)),
    }
  })
}

/** The same registry, its audiences without the claims that nobody used. */
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
