import type { LedgerToken, StaleMark } from '@freshet/authority'
import type { ClaimValue, JudgedToken, Subject, TokenParty } from '@freshet/protocol'
import { omittedFrom } from '@freshet/wire'
import type { Queryable, Statement } from '../connection/query.ts'

/** Without the expiry every partition is asked, each by its key; there are about ten. */
const FIND_TOKEN: Statement = {
  name: 'find-token',
  text: `
    select jti, tenant, exp_ms, iat_ms, subject, actors, actor_positions, client, audience, sid,
      kid, pv, e, s, c, claims, value_scopes, "over", omitted, stale_at_ms, stale_reason, stale_source, stale_change
    from token where jti = $1 limit 1`,
}

interface TokenRow {
  readonly jti: string
  readonly tenant: string
  readonly exp_ms: bigint
  readonly iat_ms: bigint
  readonly subject: string
  readonly actors: readonly string[]
  readonly actor_positions: readonly bigint[]
  readonly client: string
  readonly audience: string
  readonly sid: string | null
  readonly kid: string
  readonly pv: number
  readonly e: bigint
  readonly s: bigint
  readonly c: bigint
  readonly claims: readonly string[]
  readonly value_scopes: readonly string[]
  readonly over: readonly string[]
  readonly omitted: readonly string[]
  readonly stale_at_ms: bigint | null
  readonly stale_reason: string | null
  readonly stale_source: string | null
  readonly stale_change: string | null
}

/** @throws `database.*` */
export async function findToken(
  db: Queryable,
  jti: string,
  issuer: string,
): Promise<LedgerToken | undefined> {
  const { rows } = await db.query<TokenRow & Record<string, unknown>>(FIND_TOKEN, [jti])
  const row = rows[0]
  if (row === undefined) return undefined
  return {
    token: tokenOf(row, issuer),
    audience: row.audience,
    iatMs: Number(row.iat_ms),
    expMs: Number(row.exp_ms),
    mark: markOf(row),
  }
}

function tokenOf(row: TokenRow, issuer: string): JudgedToken {
  const party = (key: string, s: bigint): TokenParty => ({
    subject: subjectOf(key),
    label: { e: row.e, s, c: row.c },
  })
  return {
    tenant: row.tenant,
    issuer,
    kid: row.kid,
    jti: row.jti,
    ...(row.sid !== null && { sid: row.sid }),
    client: row.client,
    pv: row.pv,
    parties: [
      party(row.subject, row.s),
      ...row.actors.map((actor, index) => party(actor, row.actor_positions[index] ?? 0n)),
    ],
    claims: claimsOf(row),
    ...omittedFrom(row.over, row.omitted),
  }
}

function subjectOf(key: string): Subject {
  const [tenant, iss, sub] = JSON.parse(key) as [string, string, string]
  return { tenant, iss, sub }
}

/** The values stand in the names of their scopes: `["v",tenant,claim,value]`. */
function claimsOf(row: TokenRow): JudgedToken['claims'] {
  const claims = new Map<string, ClaimValue[]>(row.claims.map((claim) => [claim, []]))
  for (const key of row.value_scopes) {
    const [, , claim, value] = JSON.parse(key) as [string, string, string, ClaimValue]
    claims.get(claim)?.push(value)
  }
  return claims
}

function markOf(row: TokenRow): StaleMark | undefined {
  if (row.stale_at_ms === null) return undefined
  return {
    atMs: Number(row.stale_at_ms),
    reason: row.stale_reason ?? '',
    source: row.stale_source ?? '',
    change: row.stale_change ?? '',
  }
}
