import type { ClaimMap, JudgedToken, MappedIssuer, Verdict } from '@freshet/protocol'
import type { ClaimPlan } from './claim-plan.ts'
import { frozen } from './frozen.ts'
import { tokenBytes, type Room } from './token-bytes.ts'

/**
 * A token whose signature and form were verified. It proves nothing about freshness: ask `judge`,
 * each time. Made by `verify` of one edge and judged by that edge alone.
 */
export interface TokenClaims {
  /** The input of judging: subject, label, claims. */
  readonly token: JudgedToken
  /** Every claim of the payload, as it was signed. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly scope: string | undefined
  readonly expiresAtMs: number
  /** The terms by which a token of another issuer was accepted; absent for our own. */
  readonly terms?: MappedIssuer
}

/** The result of `verify`: an acceptable token, and the freshness of its claims at this moment. */
export interface Verified {
  /** The token's payload, and the input of `judge` and `signal`. */
  readonly claims: TokenClaims
  /** The worst of `verdicts`. Only `fresh` lets a request through by itself. */
  readonly verdict: Verdict
  /** The verdict on each claim; `''` is the token itself, if it carries no authoritative claim. */
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** The claims that are judged under one claim map. */
export interface UsedClaims {
  readonly map: ClaimMap | undefined
  /** Those that are judged where the caller names none. */
  readonly claims: readonly string[]
  /** Those that are judged whatever the caller names. */
  readonly restrictions: readonly string[]
}

/** The fresh answer to one question of a caller. */
interface FreshAnswer {
  readonly uses: readonly string[] | undefined
  readonly ignores: readonly string[] | undefined
  /** The claims of the map that the answer was made by. */
  readonly used: UsedClaims | undefined
  readonly answer: Verified
}

/** The parts of a verified token that an edge keeps to judge it quickly. The application cannot reach it. */
export interface OwnSide {
  /** The judgements that are prepared, by claim. */
  readonly plans: Map<string, ClaimPlan>
  /** Version of the denials at which none met this token. */
  notDeniedAt: number
  used: UsedClaims | undefined
  /** The answer while every claim in use is fresh, so that a hit builds none. */
  freshAnswer: FreshAnswer | undefined
  /** Estimate of what this token takes, with its plans. */
  bytes: number
  /** The half of the cache that it is in; undefined for one that is not remembered. */
  room: Room | undefined
  /** The slot of the ring of allows, which alone knows what is in it. */
  letIn: object | undefined
}

/** Returns the edge's own side of a verified token. */
export let ownSideOf: (verified: VerifiedToken) => OwnSide

/** Returns whether `verify` of an edge made these claims. A copy, and an object that inherits from one, is not. */
export let isVerified: (claims: unknown) => claims is VerifiedToken

/**
 * A verified token. The application receives this very object and the next request is judged by it, so
 * it is frozen to its depth: an application that changes `payload` gets a `TypeError`.
 */
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
  /** The token names a key that its sender must hold (RFC 7800 `cnf`), in whatever form. */
  readonly isBound: boolean
  readonly #own: OwnSide = {
    plans: new Map(),
    notDeniedAt: 0,
    used: undefined,
    freshAnswer: undefined,
    bytes: 0,
    room: undefined,
    letIn: undefined,
  }

  static {
    ownSideOf = (verified) => verified.#own
    isVerified = (claims): claims is VerifiedToken =>
      typeof claims === 'object' && claims !== null && #own in claims
  }

  constructor(text: string, claims: TokenClaims) {
    this.text = text
    this.token = frozen(claims.token)
    this.payload = frozen(claims.payload)
    this.isBound = Object.hasOwn(claims.payload, 'cnf')
    this.issuer = claims.issuer
    this.audiences = frozen(claims.audiences)
    this.scope = claims.scope
    this.expiresAtMs = claims.expiresAtMs
    if (claims.terms !== undefined) this.terms = claims.terms
    this.#own.bytes = tokenBytes(text)
    Object.freeze(this)
  }
}
