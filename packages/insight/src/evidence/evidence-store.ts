import type { ClaimValue } from '@freshet/protocol'
import type { TokenKind } from '@freshet/registry/diff'
import type { DecisionFigures, TokenFigures } from './measurements.ts'
import type { LedgerEntry } from '../observatory-store.ts'

/** Which tokens are asked for: those that carried a value at a time. */
export interface HolderQuestion {
  /** Keys of the value's scopes, by `scopeKey`; any of them. */
  readonly scopes: readonly string[]
  readonly atMs: number
  /** The end of the page before. */
  readonly after?: HolderCursor
}

/** A place in the order of the answer: by expiry, then by id. */
export interface HolderCursor {
  readonly expMs: number
  readonly jti: string
}

/** A token that carried a value. */
export interface HeldToken extends LedgerEntry {
  readonly pv: number
}

/** Some of the answer; `next` is where the rest begins, `null` at the end. */
export interface HolderPage {
  readonly items: readonly HeldToken[]
  readonly next: HolderCursor | null
}

/** An issued token, as it was recorded. */
export interface RecordedToken {
  readonly jti: string
  readonly tenant: string
  /** Subject key. */
  readonly subject: string
  readonly client: string
  readonly audience: string
  readonly kid: string
  /** The policy version it was minted by, and the hash of its text. */
  readonly pv: number
  readonly registryHash: string
  readonly iatMs: number
  readonly expMs: number
  /** Names of the claims that stood in the token. */
  readonly claims: readonly string[]
  /** The digest of the claims with their values: SHA-256, base64url. */
  readonly claimsDigest: string
  /** The known `through` of each source that it depends on, in milliseconds since 1970. */
  readonly throughMs: Readonly<Record<string, number>>
  /** It provably never left. */
  readonly withheld: boolean
  /** Values by claim; `null` where the row that has them is gone. */
  readonly values: ReadonlyMap<string, readonly ClaimValue[]> | null
}

/** The tokens that the ledger is asked for. */
export interface TokensQuestion {
  readonly atMs: number
  /** Tokens of an older policy version are stale. */
  readonly minimumPv: number
  /** Subject keys of workloads. */
  readonly workloads: readonly string[]
}

/** The outstanding tokens that the ledger is asked for. */
export type OutstandingQuestion = Pick<TokensQuestion, 'atMs' | 'minimumPv'>

/** Tokens without a mark, counted by the properties that a registry distinguishes. */
export interface OutstandingTokens {
  readonly kinds: readonly TokenKind[]
  /** True if all were counted; otherwise there are more than these. */
  readonly isComplete: boolean
}

/**
 * The stored data of tokens, outstanding or past.
 *
 * @throws `database.*`
 */
export interface EvidenceStore {
  /**
   * Tokens that were issued by then, had not expired and carry one of the values, marked stale or not;
   * none that was withheld. In the order of their expiry and ids; `limit` are looked at, so a page has
   * fewer where some were withheld.
   */
  holders(question: HolderQuestion, limit: number): Promise<HolderPage>
  /** The issuance of a token; `undefined` for an id that was never minted, or long ago. */
  issued(jti: string): Promise<RecordedToken | undefined>
  /** Returns the figures of tokens that have not expired, at most `limit` of them. */
  tokens(question: TokensQuestion, limit: number): Promise<TokenFigures>
  /** Returns the tokens that are neither expired nor stale. It reads at most `limit`. */
  outstanding(question: OutstandingQuestion, limit: number): Promise<OutstandingTokens>
  /** Decisions about high-risk requests since a time, as the audit has them sealed; at most `limit`. */
  decisions(sinceMs: number, limit: number): Promise<DecisionFigures>
}
