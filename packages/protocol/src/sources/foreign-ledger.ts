import { claimsBehind, type ClaimMap, type MappedIssuer } from '../claims/claim-map.ts'
import { denialKey, scopeKey } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'

/** A token that a foreign issuer reports as issued. Claims have our names. */
export interface ForeignIssuance {
  readonly issuer: string
  readonly jti: string
  readonly subject: Subject
  readonly client: string
  readonly audience: string
  readonly kid: string
  readonly iatMs: number
  readonly expMs: number
  readonly claims: readonly string[]
}

/** A foreign token as the ledger keeps it. */
export interface ForeignToken extends ForeignIssuance {
  /** As the issuer's margin was when the record was read. */
  readonly marginMs: number
  /** Keys of the scopes whose times can make it stale; its values are not known here. */
  readonly scopeKeys: readonly string[]
  readonly denialKeys: readonly string[]
}

/**
 * The ledger's row of a foreign token; `undefined` if its issuer names a subject that is not its own, so that
 * it cannot fill the ledger of another tenant. Claims that the issuer does not give are left out.
 */
export function foreignToken(
  issuance: ForeignIssuance,
  terms: MappedIssuer,
  map: ClaimMap,
): ForeignToken | undefined {
  const { issuer, jti, subject, client, kid, iatMs, expMs } = issuance
  const { tenant } = terms
  if (subject.tenant !== tenant || subject.iss !== terms.subjects.iss) return undefined
  if (expMs <= iatMs || expMs - iatMs > terms.maxTtlMs) return undefined
  const claims = issuance.claims.filter((claim) => terms.claims.has(claim))
  const behind = [...new Set(claims.flatMap((claim) => claimsBehind(map, claim)))]
  return {
    ...issuance,
    claims,
    marginMs: terms.marginMs,
    scopeKeys: [
      ...behind.map((claim) => scopeKey({ kind: 'subject', subject, claim })),
      scopeKey({ kind: 'account', subject }),
      scopeKey({ kind: 'tenant', tenant }),
      scopeKey({ kind: 'client', tenant, client }),
    ],
    denialKeys: [
      denialKey({ tenant, kind: 'key', id: kid }),
      denialKey({ tenant, kind: 'issuer', id: issuer }),
      denialKey({ tenant, kind: 'token', id: jti }),
    ],
  }
}
