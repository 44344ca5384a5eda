import type { Label } from '../position/position.ts'
import { scopeKey, type ClaimValue, type Scope } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'

/** Characters of the longest token that anybody reads: most servers refuse longer header lines. */
export const TOKEN_BYTES_MAX = 8_192

/** One party of a token: its subject, or an actor of it, with the label it was read at. */
export interface TokenParty {
  readonly subject: Subject
  readonly label: Label
}

/**
 * Why a token does not carry a claim that it was minted for. `over`: it was too large. `unverified`: its
 * source was silent, or its state was in doubt.
 */
export type Omission = 'over' | 'unverified'

/** A verified access token, as far as judging needs it. The signature was checked before. */
export interface JudgedToken {
  readonly tenant: string
  readonly issuer: string
  readonly kid: string
  readonly jti: string
  readonly sid?: string
  readonly client: string
  readonly pv: number
  /** The subject first, then each actor (RFC 8693 `act`); each is judged (rule 24). */
  readonly parties: readonly [TokenParty, ...TokenParty[]]
  /** The claims that the token carries. */
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>
  /** Claims that it names as left out: the token does not show their values. Absent: none. */
  readonly omitted?: ReadonlyMap<string, Omission>
  /**
   * Claims that scopes of the token are derived from. They are judged at each use of the token,
   * because a service that reads `scope` alone names no claim. Absent: none.
   */
  readonly scopedBy?: readonly string[]
  /** A token without a label: it is judged by when it was issued (rule 8). */
  readonly byTime?: IssueTime
}

/** The data by which a token without a label is judged. */
export interface IssueTime {
  readonly issuedAtMs: number
  /** The largest delay of its issuer's copy. */
  readonly marginMs: number
}

/**
 * The label and policy version of a token that has none. A check that overlooks this calls the token stale:
 * it is below every watermark, and of an incarnation that never existed.
 */
export const NO_LABEL: Label = { e: 0n, s: 0n, c: 0n }

/** Names of all claims that a token was minted for, those that it leaves out too. */
export function claimsMintedFor({
  claims,
  omitted,
}: Pick<JudgedToken, 'claims' | 'omitted'>): readonly string[] {
  return [...claims.keys(), ...(omitted?.keys() ?? [])]
}

/** A scope and the party whose label it is compared with. */
export interface ScopedParty {
  readonly scope: Scope
  readonly party: TokenParty
}

/**
 * Every scope whose watermark can make this claim of this token stale, present in it or not.
 * `claims` are the claim itself and those it is derived from.
 */
export function scopesOf(token: JudgedToken, claims: readonly string[]): readonly ScopedParty[] {
  const [first] = token.parties
  return [
    ...token.parties.flatMap((party) => partyScopes(party, claims)),
    ...claims.flatMap((claim) => valueScopes(token, claim)),
    { scope: { kind: 'tenant', tenant: token.tenant }, party: first },
    { scope: { kind: 'client', tenant: token.tenant, client: token.client }, party: first },
  ]
}

function partyScopes(party: TokenParty, claims: readonly string[]): readonly ScopedParty[] {
  const { subject } = party
  return [
    ...claims.map((claim) => ({ scope: { kind: 'subject', subject, claim } as const, party })),
    { scope: { kind: 'account', subject }, party },
  ]
}

function valueScopes(token: JudgedToken, claim: string): readonly ScopedParty[] {
  const { tenant, parties } = token
  return (token.claims.get(claim) ?? []).map((value) => ({
    scope: { kind: 'value', tenant, claim, value },
    party: parties[0],
  }))
}

/** Canonical names of the scopes of all values that a token carries, as the ledger keeps them. */
export function valueScopeKeys({
  tenant,
  claims,
}: Pick<JudgedToken, 'tenant' | 'claims'>): readonly string[] {
  return [...claims].flatMap(([claim, values]) =>
    values.map((value) => scopeKey({ kind: 'value', tenant, claim, value })),
  )
}
