import type { Label, TokenMark } from '@freshet/protocol'

/** Key: jti. */
export interface TokenRow {
  readonly jti: string
  readonly tenant: string
  readonly expMs: number
  readonly iatMs: number
  readonly subject: string
  readonly actors: readonly string[]
  /** `s` of each actor's label. The token has `e` and `c`. */
  readonly actorPositions: readonly bigint[]
  readonly client: string
  readonly audience: string
  readonly sid: string | null
  readonly kid: string
  readonly pv: number
  readonly label: Label
  readonly claims: readonly string[]
  readonly valueScopes: readonly string[]
  readonly over: readonly string[]
  readonly omitted: readonly string[]
  readonly stale: {
    readonly atMs: number
    readonly reason: string
    readonly source: string
    readonly change: string
  } | null
}

/** Key: jti. */
export interface IssuanceRow {
  readonly jti: string
  readonly tenant: string
  readonly subject: string
  readonly client: string
  readonly audience: string
  readonly kid: string
  readonly pv: number
  readonly registryHash: string
  readonly label: Label
  readonly iatMs: number
  readonly expMs: number
  readonly claims: readonly string[]
  readonly claimsDigest: string
  readonly over: readonly string[]
  readonly omitted: readonly string[]
  readonly salt: string
  readonly through: Readonly<Record<string, number>>
  /**
   * True if the recheck found the token stale: it certainly was never released. Otherwise it might have been.
   */
  readonly withheld: boolean
}

/** Key: id. */
export interface TokenMarkRow extends TokenMark {
  readonly id: bigint
  readonly partition: number
  readonly atMs: number
  /** The last token that was read. */
  readonly cursor: string
  /** The mark with the lowest turn has waited longest. */
  readonly turn: bigint
}
