import type { ChangeJson, SubjectJson } from './change.ts'

/** Why a token was marked stale, and when. */
export interface TokenMarkJson {
  readonly at: string
  readonly reason: string
  readonly change: string
}

/** An outstanding token. */
export interface HeldTokenJson {
  readonly jti: string
  /** The foreign issuer of the token, which is judged by time. Absent for a token of our own. */
  readonly issuer?: string
  readonly basis?: 'time'
  readonly audience: string
  readonly client: string
  readonly claims: readonly string[]
  readonly issuedAt: string
  readonly expiresAt: string
  readonly stale: TokenMarkJson | null
}

/** A subject's recent changes and outstanding tokens. */
export interface SubjectViewJson {
  readonly apiVersion: string
  readonly changes: readonly ChangeJson[]
  readonly tokens: readonly HeldTokenJson[]
}

/** Outstanding tokens of a change's subject, and what it did to each. */
export interface ChangeTokens {
  readonly apiVersion: string
  readonly items: readonly {
    readonly tenant: string
    readonly source: string
    readonly isOfSubject: boolean
    readonly tokensMarked: number
    readonly tokens: readonly (HeldTokenJson & { readonly effect: string })[]
  }[]
}

/** The verdict on one claim of a token. */
export interface ExplainedVerdict {
  /** Present for a token without a label, which is judged by the time of its issue. */
  readonly basis?: 'time'
  readonly verdict: 'fresh' | 'stale' | 'unverified'
  readonly reason?: string
  readonly change?: string
  readonly source?: string
  readonly since?: string
}

/** A token, explained. */
export interface TokenView {
  readonly apiVersion: string
  readonly jti: string
  readonly tenant: string
  readonly client: string
  readonly policyVersion: number
  readonly expired: boolean
  readonly parties: readonly {
    readonly subject: SubjectJson
    readonly label: { readonly e: string; readonly s: string; readonly c: string }
  }[]
  readonly claims: Readonly<Record<string, ExplainedVerdict>>
  readonly ledger: {
    readonly issuedAt: string
    readonly expiresAt: string
    readonly mark: (TokenMarkJson & { readonly source: string }) | null
  } | null
  readonly issuance: IssuanceJson | null
}

/** The recorded content of a token. */
export interface IssuanceJson {
  readonly client?: string
  readonly kid?: string
  readonly claimsDigest?: string
  readonly subject?: SubjectJson | null
  readonly audience: string
  readonly policyVersion: number
  readonly policyHash: string
  readonly issuedAt: string
  readonly expiresAt: string
  /** It provably never left. */
  readonly withheld: boolean
  readonly claims: readonly {
    readonly claim: string
    readonly source: string | null
    readonly through: string | null
    readonly values: readonly (string | number | boolean)[] | null
  }[]
}

/** Tokens that carry or carried a value at a time. */
export interface Holders {
  readonly apiVersion: string
  readonly at: string
  readonly items: readonly (HeldTokenJson & {
    readonly subject: SubjectJson | null
    readonly policyVersion: number
  })[]
  /** The begin of the next page; `null` at the end. */
  readonly next: string | null
}
