import type {
  Ledger,
  RecheckAnswer,
  RecheckQuery,
  MintQuery,
  MintStore,
  MintedToken,
  StaleMark,
  WithheldToken,
} from '@freshet/authority'
import {
  type MintSnapshot,
  ACCOUNT_CLAIM,
  CONTROL_PARTITION,
  denialKey,
  partitionOf,
  scopeKey,
  subjectKey,
  UNTOUCHED_ACCOUNT,
  type DenialKind,
  type PartitionSnapshot,
  type PartySnapshot,
  type Subject,
  valueScopeKeys,
} from '@freshet/protocol'
import { type Timer, auditStreamOf, encodeAuditEntry, omittedNames } from '@freshet/wire'
import type { Queryable, Flights, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { coalesce } from './coalesce.ts'
import { findToken } from './find-token.ts'
import { recheck } from './recheck.ts'
import {
  accountIn,
  everyoneOf,
  SUBJECT_STATE_COLUMNS,
  readSubjectState,
  type SubjectStateRow,
} from './subject-state-rows.ts'

/** An earlier mark stays: its author knows the cause. */
const WITHHOLD_TOKEN: Statement = {
  name: 'withhold-token',
  text: `
    with mark as (
      update token
      set stale_at_ms = $3, stale_reason = $4, stale_source = $5, stale_change = $6
      where jti = $1 and exp_ms = $2 and stale_at_ms is null
    ), audited as (
      insert into audit_pending (stream, entry) values ($7, $8)
    )
    update issuance set withheld = true where jti = $1`,
}

/** @throws `database.*` */
async function withholdToken(
  db: Queryable,
  { jti, expMs, audit }: WithheldToken,
  { atMs, reason, source, change }: StaleMark,
): Promise<void> {
  const mark = [atMs, reason, source, change]
  const entry = [auditStreamOf(audit.kind), encodeAuditEntry(audit)]
  await db.query(WITHHOLD_TOKEN, [jti, expMs, ...mark, ...entry])
}

/**
 * The ledger of minted tokens in Postgres. A mint is three statements in two round trips, each in its own
 * transaction, which mints of the same moment and tenant share; with a timer, those of a few milliseconds. It
 * must be given the pool and never a transaction: a look inside a snapshot that is already open would see
 * nothing new. `find` needs no tenant, and is for callers that span them.
 */
export function postgresMintStore(db: Tenants & Queryable, timer?: Timer): MintStore & Ledger {
  const tenantOf = ({ tenant }: { readonly tenant: string }): string => tenant
  const recordedAndRechecked = coalesce({
    tenantOf: ({ minted }: RecordAndRecheck) => minted.token.tenant,
    run: (tenant, mints) => recordAndRecheck(db.ofTenant(tenant), mints),
    timer,
  })
  return {
    snapshot: coalesce<MintQuery, MintSnapshot>({
      tenantOf,
      run: (tenant, queries) => readMintSnapshots(db.ofTenant(tenant), queries),
      timer,
    }),
    recordAndRecheck: (minted, query) => recordedAndRechecked({ minted, query }),
    recheck: coalesce<RecheckQuery, RecheckAnswer>({
      tenantOf,
      run: (tenant, queries) => recheck(db.ofTenant(tenant), queries),
    }),
    withhold: (token, mark) => withholdToken(db.ofTenant(token.audit.tenant), token, mark),
    find: (jti, issuer) => findToken(db, jti, issuer),
  }
}

/** A token to be recorded, and what to look at behind it. */
interface RecordAndRecheck {
  readonly minted: MintedToken
  readonly query: RecheckQuery
}

/**
 * Records tokens and looks, in two transactions that share a round trip: the server begins the look
 * when the rows are committed (rule 5). One answer for each, in their order.
 *
 * @throws `database.*`; the outcome is then unknown
 */
function recordAndRecheck(
  db: Flights,
  mints: readonly RecordAndRecheck[],
): Promise<readonly RecheckAnswer[]> {
  return db.inOneFlight(async (flight) => {
    const recorded = recordTokens(
      flight,
      mints.map(({ minted }) => minted),
    )
    const rechecked = recheck(
      flight,
      mints.map(({ query }) => query),
    )
    await Promise.allSettled([recorded, rechecked])
    await recorded
    return rechecked
  })
}

/**
 * One statement, so that all of it is read in one snapshot at any isolation level, in one round
 * trip. It must never lock a row: a locking clause reads the locked row again, in a newer state
 * than the rest (rule 4).
 */
const READ_MINT_SNAPSHOTS: Statement = {
  name: 'read-mint-snapshots',
  text: `
    select
      (select json_agg(json_build_array(
          p.partition, p.e::text, p.next_offset::text, p.active_pv, p.active_hash))
        from progress p where p.partition = any(q.partitions)) as progress,
      (select json_agg(json_build_array(
          f.source, f.partition, f.through_ms, f.covers ? '${ACCOUNT_CLAIM}'))
        from feed f
        where f.tenant = q.tenant and f.source = any(q.sources)
          and f.partition = any(q.partitions)) as feeds,
      (select json_agg(party.key)
        from unnest(q.parties) as party(key)
        where exists (select from claim_state s where s.subject = party.key)) as spoken_of,
      ${SUBJECT_STATE_COLUMNS},
      (select json_agg(json_build_array(w.scope_key, w.time_ms))
        from watermark w where w.scope_key = any(q.accounts)) as ended,
      (select json_agg(json_build_array(d.kind, d.target))
        from denial d where d.denial_key = any(q.denials)) as denied
    from rows from (json_to_recordset($1::json) as (
      tenant text, everyone text[], parties text[], accounts text[], partitions int[], claims text[], sources text[],
      denials text[]
    )) with ordinality as q
    order by q.ordinality`,
}

interface SnapshotRow extends SubjectStateRow {
  readonly progress: (readonly [number, string, string, number, string | null])[] | null
  readonly feeds:
    | (readonly [string, number, through: number | null, statesAccounts: boolean])[]
    | null
  readonly spoken_of: string[] | null
  readonly ended: (readonly [string, number])[] | null
  readonly denied: (readonly [DenialKind, string])[] | null
}

/** Each query with its answer, all in one snapshot. @throws `database.*` */
async function readMintSnapshots(
  db: Queryable,
  queries: readonly MintQuery[],
): Promise<readonly MintSnapshot[]> {
  const { rows } = await db.query<SnapshotRow & Record<string, unknown>>(READ_MINT_SNAPSHOTS, [
    JSON.stringify(queries.map(snapshotParameters)),
  ])
  return queries.map((query, index) => snapshotOf(rows[index] as SnapshotRow, query))
}

function snapshotParameters({ tenant, parties, claims, sources, denials }: MintQuery): object {
  return {
    tenant,
    everyone: [...new Set(parties.flatMap(everyoneOf))],
    parties: parties.map(subjectKey),
    accounts: parties.map(accountKey),
    partitions: [CONTROL_PARTITION, ...parties.map(partitionOf)],
    claims,
    sources,
    denials: denials.map(denialKey),
  }
}

function snapshotOf(row: SnapshotRow, { parties }: MintQuery): MintSnapshot {
  const [subject, ...actors] = parties
  return {
    control: partitionSnapshot(row, CONTROL_PARTITION),
    parties: [
      partyOf(row, subject),
      ...actors.map((actor) => ({ ...partyOf(row, actor), ...readSubjectState(row, actor) })),
    ],
    ...readSubjectState(row, subject),
    denied: (row.denied ?? []).map(([kind, id]) => ({ kind, id })),
  }
}

function partyOf(row: SnapshotRow, party: Subject): PartySnapshot {
  const key = subjectKey(party)
  const account = accountIn(row, party)
  const ended = row.ended?.find(([scope]) => scope === accountKey(party))
  return {
    partition: partitionSnapshot(row, partitionOf(party)),
    known: account !== undefined || (row.spoken_of?.includes(key) ?? false),
    account: account ?? UNTOUCHED_ACCOUNT,
    ...(ended !== undefined && { accountEndedMs: ended[1] }),
  }
}

function accountKey(subject: Subject): string {
  return scopeKey({ kind: 'account', subject })
}

/** A partition that is not read yet has no active version, so no token is minted by it. */
function partitionSnapshot(row: SnapshotRow, wanted: number): PartitionSnapshot {
  const progress = row.progress?.find(([partition]) => partition === wanted)
  const feeds = row.feeds?.filter(([, partition]) => partition === wanted) ?? []
  return {
    e: BigInt(progress?.[1] ?? 0),
    nextOffset: BigInt(progress?.[2] ?? 0),
    activePv: progress?.[3] ?? 0,
    activeHash: progress?.[4] ?? null,
    throughMs: new Map(feeds.map(([source, , throughMs]) => [source, throughMs])),
    statedAccounts: new Set(feeds.filter(([, , , states]) => states).map(([source]) => source)),
  }
}

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
async function recordTokens(db: Queryable, minted: readonly MintedToken[]): Promise<void> {
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
