import { subjectKey, valueScopeKeys, type JudgedToken } from '@freshet/protocol'

/** The part of a token that the ledger keeps, too. */
export interface LedgerIdentity {
  readonly jti: string
  readonly client: string
  readonly sid: string | null
  readonly kid: string
  readonly pv: number
  /** Canonical names, as of every subject. */
  readonly subject: string
  readonly actors: readonly string[]
  readonly e: bigint
  readonly s: bigint
  readonly c: bigint
  /** `s` of each actor. */
  readonly actorPositions: readonly bigint[]
  /** Canonical names of the scopes of its values; the ledger's may be more. */
  readonly valueScopes: readonly string[]
}

/**
 * Returns the members that identify a minted token in the ledger. A holder of a stolen key alone cannot sign a
 * token that passes: another id, or another label, party or value under a known id, is not found. Returns
 * `undefined` for a token that cannot have been minted, because its parties were not read at once.
 */
export function ledgerIdentityOf(token: JudgedToken): LedgerIdentity | undefined {
  const { jti, client, sid = null, kid, pv } = token
  const [{ subject, label }, ...actors] = token.parties
  if (actors.some((actor) => actor.label.e !== label.e || actor.label.c !== label.c)) {
    return undefined
  }
  return {
    jti,
    client,
    sid,
    kid,
    pv,
    subject: subjectKey(subject),
    actors: actors.map((actor) => subjectKey(actor.subject)),
    ...label,
    actorPositions: actors.map((actor) => actor.label.s),
    valueScopes: valueScopeKeys(token),
  }
}
