import type {
  RecheckAnswer,
  RecheckQuery,
  PartitionKnowledge,
  ValidationRecheck,
  ValidationQuery,
  ValidationStore,
} from '@freshet/authority'
import { FreshetError, subjectKey, UNTOUCHED_ACCOUNT, type Subject } from '@freshet/protocol'
import type { Queryable, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import {
  accountIn,
  everyoneOf,
  SUBJECT_STATE_COLUMNS,
  readSubjectState,
  type SubjectStateRow,
} from './subject-state-rows.ts'
import { coalesce } from './coalesce.ts'

/** The known state of a token, as columns over the query `q`. */
export const KNOWN_COLUMNS = `
      (select json_agg(json_build_array(
          p.partition, p.e::text, p.active_pv, p.active_hash, p.minimum_pv))
        from progress p where p.partition = any(q.partitions)) as progress,
      (select json_agg(json_build_array(
          w.scope_key, w.e::text, w.position::text, w.source, w.change))
        from watermark w where w.scope_key = any(q."scopeKeys")) as watermarks,
      (select json_agg(json_build_array(d.denial_key, d.source, d.change))
        from denial d where d.denial_key = any(q."denialKeys")) as denials,
      (select json_agg(json_build_array(f.source, f.partition, f.through_ms))
        from feed f
        where f.tenant = q.tenant and f.source = any(q.sources)
          and f.partition = any(q.partitions)) as feeds`

/**
 * One statement, so one snapshot, taken when it starts: whatever was committed before is in it.
 * It runs in another transaction than what it looks for, begun later.
 */
const RECHECK: Statement = {
  name: 'look',
  text: `
    select ${KNOWN_COLUMNS}
    from rows from (json_to_recordset($1::json) as (
      tenant text, partitions int[], "scopeKeys" text[], "denialKeys" text[], sources text[]
    )) with ordinality as q
    order by q.ordinality`,
}

/** A row of {@link KNOWN_COLUMNS}. */
export interface RecheckRow {
  readonly progress: (readonly [number, string, number, string | null, number])[] | null
  readonly watermarks: (readonly [string, string, string, string, string])[] | null
  readonly denials: (readonly [string, string, string])[] | null
  readonly feeds: (readonly [string, number, number | null])[] | null
}

/** Each query with its answer, all in one snapshot. @throws `database.*` */
export async function recheck(
  db: Queryable,
  queries: readonly RecheckQuery[],
): Promise<readonly RecheckAnswer[]> {
  const { rows } = await db.query<RecheckRow & Record<string, unknown>>(RECHECK, [
    JSON.stringify(queries),
  ])
  return rows.map(recheckAnswerOf)
}

/** The content of such a row. */
export function recheckAnswerOf(row: RecheckRow): RecheckAnswer {
  return {
    partitions: partitionsOf(row),
    watermarks: new Map(
      (row.watermarks ?? []).map(([key, e, position, source, change]) => [
        key,
        { position: { e: BigInt(e), offset: BigInt(position) }, source, change },
      ]),
    ),
    denials: new Map((row.denials ?? []).map(([key, source, change]) => [key, { source, change }])),
  }
}

function partitionsOf(row: RecheckRow): ReadonlyMap<number, PartitionKnowledge> {
  const throughOf = (wanted: number): PartitionKnowledge['throughMs'] =>
    new Map(
      (row.feeds ?? [])
        .filter(([, partition]) => partition === wanted)
        .map(([source, , throughMs]) => [source, throughMs]),
    )
  return new Map(
    (row.progress ?? []).map(([partition, e, activePv, activeHash, minimumPv]) => [
      partition,
      { e: BigInt(e), activePv, activeHash, minimumPv, throughMs: throughOf(partition) },
    ]),
  )
}

/**
 * One statement, so one snapshot: the known state, the recording positions, whether the ledger has the token
 * (rule 40), and the current values of the parties. A copy that follows the primary may be late, and is asked
 * nothing.
 */
const RECHECK_TO_VALIDATE: Statement = {
  name: 'look-to-validate',
  text: `
    select pg_is_in_recovery() as standby,
      -- Compared only where the key has found it: a subject may have very many tokens.
      coalesce((select
          t.tenant = q.tenant and t.client = q.client and t.kid = q.kid and t.pv = q.pv
          and t.sid is not distinct from q.sid
          and t.subject = q.subject and t.actors = q.actors
          and t.e = q.e and t.s = q.s and t.c = q.c and t.actor_positions = q."actorPositions"
          and t.value_scopes @> q."valueScopes"
        from token t
        where t.jti = q.jti and t.exp_ms >= q."expMs" and t.exp_ms < q."expMs" + 1000
        limit 1), false) as known,
      (select json_agg(json_build_array(p.partition, p.e::text, p.next_offset::text))
        from progress p where p.partition = any(q.partitions)) as positions,
      ${SUBJECT_STATE_COLUMNS},
      ${KNOWN_COLUMNS}
    from rows from (json_to_recordset($1::json) as (
      tenant text, partitions int[], "scopeKeys" text[], "denialKeys" text[], sources text[],
      jti text, "expMs" bigint, client text, sid text, kid text, pv int, subject text,
      actors text[], e bigint, s bigint, c bigint, "actorPositions" bigint[], "valueScopes" text[],
      parties text[], everyone text[], claims text[]
    )) with ordinality as q
    order by q.ordinality`,
}

interface ValidationRow extends RecheckRow, SubjectStateRow {
  readonly standby: boolean
  readonly known: boolean
  readonly positions: (readonly [number, string, string])[] | null
}

/**
 * The store of run-time validation. Questions of the same moment share a statement, which is sent after each
 * of them was asked. It must be given the pool and never a transaction.
 */
export function postgresValidationStore(db: Tenants): ValidationStore {
  return {
    recheckToValidate: coalesce<ValidationQuery, ValidationRecheck>({
      tenantOf: ({ tenant }) => tenant,
      run: (tenant, queries) => recheckToValidate(db.ofTenant(tenant), queries),
    }),
  }
}

/** Positions as text: JSON numbers lose precision. */
function exactly(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

async function recheckToValidate(
  db: Queryable,
  queries: readonly ValidationQuery[],
): Promise<readonly ValidationRecheck[]> {
  const { rows } = await db.query<ValidationRow & Record<string, unknown>>(RECHECK_TO_VALIDATE, [
    JSON.stringify(
      queries.map(({ identity, wantedState, ...query }) => ({
        ...identity,
        ...query,
        ...stateParameters(wantedState),
      })),
      exactly,
    ),
  ])
  if (rows.some(({ standby }) => standby)) {
    throw new FreshetError('database.read-only', 'A standby may be late and vouches for nothing.')
  }
  return rows.map((row, index) => ({
    ...recheckAnswerOf(row),
    ...stateFor(queries[index], row),
    isKnown: row.known,
    positions: new Map(
      (row.positions ?? []).map(([partition, e, offset]) => [
        partition,
        { e: BigInt(e), offset: BigInt(offset) },
      ]),
    ),
  }))
}

/** The statement reads no state without parties. */
function stateParameters(wanted: ValidationQuery['wantedState']): object {
  if (wanted === undefined) return { parties: [], everyone: [], claims: [] }
  const { parties, claims } = wanted
  const everyone = [...new Set(parties.flatMap(everyoneOf))]
  return { parties: parties.map(subjectKey), everyone, claims }
}

function stateFor(
  query: ValidationQuery | undefined,
  row: SubjectStateRow,
): Pick<ValidationRecheck, 'partiesState'> {
  if (query?.wantedState === undefined) return {}
  const [subject, ...actors] = query.wantedState.parties
  const accountOf = (party: Subject) => ({ account: accountIn(row, party) ?? UNTOUCHED_ACCOUNT })
  const ofActors = actors.map((actor) => ({ ...accountOf(actor), ...readSubjectState(row, actor) }))
  return {
    partiesState: { ...readSubjectState(row, subject), parties: [accountOf(subject), ...ofActors] },
  }
}
