import {
  claimMapOf,
  claimsMintedFor,
  judge,
  restrictionsOn,
  withRestrictions,
  withTokenItself,
  type ClaimMap,
  type Clock,
  type JudgedToken,
  type Verdict,
} from '@freshet/protocol'
import type { RecheckAnswer, RecheckQuery, StaleMark } from '../mint/mint-store.ts'
import type { LoadedRegistry } from '../mint/mint.ts'
import { readOwnToken, type OwnTerms } from './own-token.ts'
import { knowledgeOf, recheckQueryOf } from './token-knowledge.ts'

/** The parts of the process that judging needs. */
export interface JudgeDependencies extends OwnTerms {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly loaded: LoadedRegistry
}

/** The authority's verdicts on a token, claim by claim. */
export interface TokenExplanation {
  readonly token: JudgedToken
  readonly expired: boolean
  /** Every claim that the token was minted for, and each that restricts it; others are judged by routes. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** The ledger's row; `undefined` where it never knew the token, or dropped it after expiry. */
  readonly ledger: LedgerToken | undefined
}

/**
 * Judges claims of a token, by default each that it was minted for, from the watermarks of the primary and the authority's own source
 * leases, in one snapshot; never from marks (rule 22).
 *
 * @throws `database.*`
 */
export async function judgeToken(
  token: JudgedToken,
  deps: JudgeDependencies,
  claims: readonly string[] = claimsMintedFor(token),
): Promise<ReadonlyMap<string, Verdict>> {
  const map = withTokenItself(claimMapOf(deps.loaded.registry))
  const claimNames = [...new Set([...claimsMintedFor(token), ...claims])]
  const answer = await deps.ledger.recheck(recheckQueryOf(token, map, claimNames))
  const terms = { map: activeMap(map, answer, deps.loaded), wallMs: deps.clock.nowMs() }
  const knowledge = knowledgeOf(answer, terms)
  return new Map(claims.map((claim) => [claim, judge(token, claim, knowledge)]))
}

/** Another version than the active one may name other sources: nothing is fresh by it (rule 21). */
export function activeMap(
  map: ClaimMap,
  { partitions }: RecheckAnswer,
  { registry, hash }: LoadedRegistry,
): ClaimMap | undefined {
  const isActive = [...partitions.values()].every(
    ({ activePv, activeHash }) => activePv === registry.version && activeHash === hash,
  )
  return isActive ? map : undefined
}

/**
 * Explains a token given whole or by its id; `undefined` for an id that the ledger does not know.
 * An expired token is explained too.
 *
 * @throws `token.invalid` for a token that is not ours, `database.*`
 */
export async function explainToken(
  jwtOrJti: string,
  deps: JudgeDependencies,
): Promise<TokenExplanation | undefined> {
  const given = jwtOrJti.includes('.') ? readOwnToken(jwtOrJti, deps) : undefined
  const ledger = await deps.ledger.find(given?.token.jti ?? jwtOrJti, deps.issuer)
  const token = withClaimsOf(given?.token ?? ledger?.token, ledger)
  const expMs = given?.expMs ?? ledger?.expMs
  if (token === undefined || expMs === undefined) return undefined
  const audiences = given?.audiences ?? (ledger === undefined ? [] : [ledger.audience])
  const restrictions = restrictionsOn(audiences, claimMapOf(deps.loaded.registry))
  const claims = withRestrictions(claimsMintedFor(token), restrictions)
  const verdicts = await judgeToken(token, deps, claims)
  return { token, expired: expMs <= deps.clock.nowMs(), verdicts, ledger }
}

/** A scalar without a value stands in the ledger alone, and can be taken away all the same. */
function withClaimsOf(
  token: JudgedToken | undefined,
  ledger: LedgerToken | undefined,
): JudgedToken | undefined {
  if (token === undefined || ledger === undefined) return token
  const absent = [...ledger.token.claims.keys()].map((claim) => [claim, []] as const)
  return { ...token, claims: new Map([...absent, ...token.claims]) }
}

/** A token as the ledger knows it. */
export interface LedgerToken {
  readonly token: JudgedToken
  readonly audience: string
  readonly iatMs: number
  readonly expMs: number
  /** Evidence only: marks decide nothing, and wide ones come late (rule 22). */
  readonly mark: StaleMark | undefined
}

/** The part of the database that judging a token needs. */
export interface Ledger {
  /**
   * An outstanding token; `undefined` once it was dropped with its expiry, or never known. The
   * issuer is not kept: every token of the ledger is of the issuer asked with.
   *
   * @throws `database.*`
   */
  find(jti: string, issuer: string): Promise<LedgerToken | undefined>
  /** One snapshot of the primary. @throws `database.*` */
  recheck(query: RecheckQuery): Promise<RecheckAnswer>
}
