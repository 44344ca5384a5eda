import { valueKey, valuesInForce } from '../claims/claim-state.ts'
import { listedTest } from '../claims/listed-values.ts'
import type { Claim, Registry } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import { corroborated, statementsOf, type StatedClaim } from '../claims/stated-claims.ts'
import { laterVersion, NO_VERSION, type SourceVersion } from '../position/source-version.ts'
import type { ClaimSnapshot, SubjectSnapshot } from './mint-snapshot.ts'

/**
 * The values of a claim that may be minted: those that are in force, but for those that the registry does not
 * list. Their source sent them under another version.
 */
export function mintableValues(
  claim: Claim,
  snapshot: SubjectSnapshot,
  registry: Registry,
): readonly ClaimValue[] {
  return agreedValues(claim, snapshot, registry).filter(listedTest(claim))
}

/**
 * The narrower of the values of a claim's sources: a value that grants is one that each of them gives, and a
 * restriction of either one counts.
 */
function agreedValues(
  claim: Claim,
  snapshot: SubjectSnapshot,
  registry: Registry,
): readonly ClaimValue[] {
  const own = statedValues(claim, snapshot, registry)
  const other = corroborated(claim)
  if (other === undefined) return own
  const theirs = statedValues(other, snapshot, registry)
  const [mine, yours] = [new Set(own), new Set(theirs)]
  if (claim.polarity === 'grant') return own.filter((value) => yours.has(value))
  return [...own, ...theirs.filter((value) => !mine.has(value))]
}

/**
 * Returns the values in force from one source of a claim: present, and newer than the withdrawal of the value (rule 6) and, for the account
 * source's own claims, than the deletion of the subject (rule 33).
 */
export function statedValues(
  claim: Claim,
  snapshot: SubjectSnapshot,
  registry: Registry,
): readonly ClaimValue[] {
  const claimSnapshot = snapshot.claims.get(claim.name)
  if (claimSnapshot === undefined) return []
  const withdrawn = snapshot.withdrawn.get(claim.name)
  const floor = deletionFloor(claimSnapshot, claim, { snapshot, registry })
  return valuesInForce(claimSnapshot.state, (value) =>
    laterVersion(withdrawn?.get(valueKey(value)) ?? NO_VERSION, floor),
  )
}

/**
 * Versions compare within one source: only claims of the source that deleted the account have this floor. An
 * earlier build did not store that source. Then claims of the account source have it, but for restrictions.
 */
function deletionFloor(
  { source }: ClaimSnapshot,
  { polarity }: Claim,
  { snapshot, registry }: { readonly snapshot: SubjectSnapshot; readonly registry: Registry },
): SourceVersion {
  const { deletedBy, deletedFloor } = snapshot.parties[0].account
  const isOwn =
    deletedBy === null ? polarity === 'grant' && source === registry.account : source === deletedBy
  return isOwn ? deletedFloor : NO_VERSION
}

/**
 * Returns whether the state of the claim is unreliable. An unreadable record is not settled (rule 20), or
 * another source than the registered one sent the last change (rule 32). A scalar has two values at one
 * version, or two sources restrict it in two ways. A restriction is not listed: without it, the token would
 * allow more.
 */
export function isInDoubt(claim: Claim, snapshot: SubjectSnapshot, registry: Registry): boolean {
  if (statementsOf(claim).some((stated) => isUnclear(stated, snapshot, registry))) return true
  return claim.shape === 'scalar' && agreedValues(claim, snapshot, registry).length > 1
}

/** Returns whether the state from one of the claim's sources is unreliable. */
function isUnclear(claim: StatedClaim, snapshot: SubjectSnapshot, registry: Registry): boolean {
  if (snapshot.doubts.has(claim.name)) return true
  const claimSnapshot = snapshot.claims.get(claim.name)
  if (claimSnapshot === undefined) return false
  if (claimSnapshot.source !== claim.source) return true
  const values = statedValues(claim, snapshot, registry)
  if (claim.shape === 'scalar' && values.length > 1) return true
  return claim.polarity === 'restrict' && !values.every(listedTest(claim))
}

/** Size of the values as JSON in UTF-8, as `maxBytes` of a claim counts it. */
export function sizeOf(values: readonly ClaimValue[]): number {
  let bytes = 0
  for (const character of JSON.stringify(values)) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
