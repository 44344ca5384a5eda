import type { Registry } from '../registry.ts'
import type { ClaimValue } from '../scope.ts'
import { isInDoubt, mintableValues } from './claims-in-force.ts'
import type { SubjectSaid } from './mint-snapshot.ts'

/** The claims of a subject as they would be minted at this moment. */
export interface ClaimsNow {
  /** By claim; a claim of which nothing was said has no value. */
  readonly values: ReadonlyMap<string, readonly ClaimValue[]>
  /** Claims in doubt (rule 20): nobody can say what their values are. */
  readonly doubtful: readonly string[]
}

/** What the sources say now of some claims of a subject, whatever a token says. Claims that the registry does not declare are left out. */
export function claimsNow(
  names: readonly string[],
  said: SubjectSaid,
  registry: Registry,
): ClaimsNow {
  const claims = names.flatMap((name) => registry.claims.get(name) ?? [])
  const doubtful = claims.filter((claim) => isInDoubt(claim, said, registry))
  return {
    values: new Map(claims.map((claim) => [claim.name, mintableValues(claim, said, registry)])),
    doubtful: doubtful.map(({ name }) => name),
  }
}
