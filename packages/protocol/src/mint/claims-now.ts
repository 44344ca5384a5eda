import type { Registry } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import type { JudgedToken } from '../judge/token.ts'
import type { PartiesState } from './mint-snapshot.ts'
import { isInDoubtForParties, valuesOfParties } from './rights-of-parties.ts'

/** The claims of a token's parties together as they would be minted at this moment. */
export interface ClaimsNow {
  /** The values by claim; a claim without any change has no value. */
  readonly values: ReadonlyMap<string, readonly ClaimValue[]>
  /** Claims in doubt (rule 20): their values are unknown. */
  readonly doubtful: readonly string[]
}

/**
 * The current values of some claims, whatever a token carries: values that grant are those that all parties
 * have, and the restrictions of each party count. Claims that the registry does not declare are left out.
 */
export function claimsNow(
  names: readonly string[],
  state: PartiesState,
  registry: Registry,
): ClaimsNow {
  const claims = names.flatMap((name) => registry.claims.get(name) ?? [])
  const doubtful = claims.filter((claim) => isInDoubtForParties(claim, state, registry))
  return {
    values: new Map(claims.map((claim) => [claim.name, valuesOfParties(claim, state, registry)])),
    doubtful: doubtful.map(({ name }) => name),
  }
}

/**
 * The claims among these that a token leaves out and whose current values can replace it. A token with actors
 * has none: its rights are not those of its subject alone.
 */
export function leftOutOf(
  { omitted, parties }: Pick<JudgedToken, 'omitted' | 'parties'>,
  names: readonly string[],
): readonly string[] {
  return parties.length > 1 ? [] : names.filter((name) => omitted?.has(name))
}

/** The token as it would be if it carried, of what it leaves out, what was read of it now. */
export function withClaimsNow(token: JudgedToken, { values }: ClaimsNow): JudgedToken {
  const { claims, omitted } = token
  if (omitted === undefined) return token
  const found = leftOutOf(token, [...values.keys()])
  return {
    ...token,
    claims: new Map([...claims, ...found.map((name) => [name, values.get(name) ?? []] as const)]),
    omitted: new Map([...omitted].filter(([name]) => !found.includes(name))),
  }
}
