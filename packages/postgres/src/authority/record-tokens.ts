import type { MintedToken } from '@freshet/authority'
import { subjectKey, valueScopeKeys } from '@freshet/protocol'
import { auditStreamOf, encodeAuditEntry, omittedNames } from '@freshet/wire'
import type { Queryable, Statement } from '../connection/query.ts'

/** Both rows of every token, and its entry of the audit, in one statement, so in one transaction and one round trip. */
const RECORD_TOKENS: Statement = {
  name: 'record-tokens',
  text: `
    with minted as (
      select * from json_to_recordset($1::json) as (
        jti text, tenant text, exp_ms bigint, iat_ms bigint, subject text, actors text[],
        actor_positions bigint[], client text, audience text, sid text, kid text, pv int, e bigint,
        s bigint, c bigint, claims text[], value_scopes text[], registry_hash text, present text[],
        claims_digest text, salt text, through jsonb, "over" text[], omitted text[],
        stream text, entry text)
    ), ledger as (
      insert into token (
        jti, tenant, exp_ms, iat_ms, subject, actors, actor_positions, client, audience, sid, kid,
        pv, e, s, c, claims, value_scopes, "over", omitted)
      select jti, tenant, exp_ms, iat_ms, subject, actors, actor_positions, client, audience, sid,
        kid, pv, e, s, c, claims, value_scopes, "over", omitted
      from minted
    ), audited as (
      insert into audit_pending (stream, entry) select stream, entry from minted
    )
    insert into issuance (
      jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, registry_hash,
      claims, claims_digest, salt, through, "over", omitted)
    select jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, registry_hash,
      present, claims_digest, salt, through, "over", omitted
    from minted`,
}

/** All of them or none. @throws `database.*`; the outcome is then unknown */
export async function recordTokens(db: Queryable, minted: readonly MintedToken[]): Promise<void> {
  await db.query(RECORD_TOKENS, [JSON.stringify(minted.map(rowOf))])
}

function rowOf({ token, audience, iatMs, expMs, ...issuance }: MintedToken): object {
  const [{ subject, label }, ...actors] = token.parties
  const { over, unverified } = omittedNames(token.omitted)
  return {
    jti: token.jti,
    tenant: token.tenant,
    exp_ms: expMs,
    iat_ms: iatMs,
    subject: subjectKey(subject),
    actors: actors.map((actor) => subjectKey(actor.subject)),
    actor_positions: actors.map((actor) => String(actor.label.s)),
    client: token.client,
    audience,
    sid: token.sid,
    kid: token.kid,
    pv: token.pv,
    e: String(label.e),
    s: String(label.s),
    c: String(label.c),
    claims: [...token.claims.keys()],
    value_scopes: valueScopeKeys(token),
    registry_hash: issuance.registryHash,
    present: issuance.present,
    claims_digest: issuance.claimsDigest,
    salt: issuance.salt,
    over,
    omitted: unverified,
    through: Object.fromEntries(issuance.throughMs),
    stream: auditStreamOf(issuance.audit.kind),
    entry: encodeAuditEntry(issuance.audit),
  }
}
