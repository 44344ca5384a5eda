import type { AllowChain } from '../exposure/allow-ring.ts'
import type { ClaimPlan } from './claim-plan.ts'
import type { Verified } from '../edge.ts'
import type { JudgedToken, MappedIssuer } from '@freshet/domain'

/**
 * A token whose signature and form were verified. It proves nothing about freshness: ask `judge`,
 * each time. Made by `verify` of one edge and judged by that edge alone.
 */
export interface TokenClaims {
  /** What judging needs: subject, label, claims. */
  readonly token: JudgedToken
  /** Every claim of the payload, as it was signed. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly scope: string | undefined
  readonly expiresAtMs: number
  /** By which terms a token of another issuer was accepted; absent for our own. */
  readonly terms?: MappedIssuer
}

/** The edge's own side of a verified token: the judgements that are prepared for it. */
export class VerifiedToken implements TokenClaims {
  readonly token: JudgedToken
  readonly payload: Readonly<Record<string, unknown>>
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly scope: string | undefined
  readonly expiresAtMs: number
  readonly terms?: MappedIssuer
  /** The whole token, compared on every hit of the cache. */
  readonly text: string
  readonly plans: Map<string, ClaimPlan> = new Map()
  /** The token names a key that its sender must hold (RFC 7800 `cnf`), in whatever form. */
  readonly isBound: boolean
  /** Version of the denials at which none met this token. */
  notDeniedAt = 0
  /** The claims that are judged where nobody says which are used, under one claim map. */
  used: { readonly map: unknown; readonly claims: readonly string[] } | undefined

  /** The answer while every claim of `used` is fresh, so that a hit builds none. */
  freshAnswer: { readonly uses: readonly string[]; readonly answer: Verified } | undefined

  /** The requests of its subject that were let in. */
  allows: AllowChain | undefined

  constructor(text: string, claims: TokenClaims) {
    this.text = text
    this.token = claims.token
    this.payload = claims.payload
    this.isBound = Object.hasOwn(claims.payload, 'cnf')
    this.issuer = claims.issuer
    this.audiences = claims.audiences
    this.scope = claims.scope
    this.expiresAtMs = claims.expiresAtMs
    if (claims.terms !== undefined) this.terms = claims.terms
  }
}
