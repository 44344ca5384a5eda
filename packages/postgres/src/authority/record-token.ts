import type { MintedToken } from '@freshet/authority'
import { scopeKey, subjectKey } from '@freshet/domain'
import type { Queryable, Statement } from '../query.ts'

/** Both rows in one statement, so in one transaction and one round trip. */
const RECORD_TOKEN: Statement = {
  name: 'record-token',
  text: `
    with ledger as (
      insert into token (
        jti, tenant, exp_ms, iat_ms, subject, actors, actor_positions, client, audience, sid, kid,
        pv, e, s, c, claims, value_scopes)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    )
    insert into issuance (
      jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, registry_hash,
      claims, claims_digest, through)
    values ($1, $2, $3, $4, $5, $8, $9, $11, $12, $13, $14, $15, $18, $19, $20, $21)`,
}

/** @throws `database.*`; the outcome is then unknown */
export async function recordToken(db: Queryable, minted: MintedToken): Promise<void> {
  const { token, audience, iatMs, expMs } = minted
  const [{ subject, label }, ...actors] = token.parties
  await db.query(RECORD_TOKEN, [
    token.jti,
    token.tenant,
    expMs,
    iatMs,
    subjectKey(subject),
    actors.map((actor) => subjectKey(actor.subject)),
    actors.map((actor) => actor.label.s),
    token.client,
    audience,
    token.sid ?? null,
    token.kid,
    token.pv,
    label.e,
    label.s,
    label.c,
    [...token.claims.keys()],
    valueScopes(minted),
    minted.registryHash,
    minted.present,
    minted.claimsDigest,
    JSON.stringify(Object.fromEntries(minted.throughMs)),
  ])
}

function valueScopes({ token: { tenant, claims } }: MintedToken): readonly string[] {
  return [...claims].flatMap(([claim, values]) =>
    values.map((value) => scopeKey({ kind: 'value', tenant, claim, value })),
  )
}
