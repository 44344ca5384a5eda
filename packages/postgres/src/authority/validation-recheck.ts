import type { ValidationRecheck, ValidationQuery, ValidationStore } from '@freshet/authority'
import { FreshetError, subjectKey, UNTOUCHED_ACCOUNT, type Subject } from '@freshet/protocol'
import type { Queryable, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { recheckAnswerOf, KNOWN_COLUMNS, type RecheckRow } from './recheck.ts'
import {
  accountIn,
  everyoneOf,
  SUBJECT_STATE_COLUMNS,
  saidIn,
  type SubjectStateRow,
} from './subject-state-rows.ts'
import { together } from './together.ts'

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
    recheckToValidate: together<ValidationQuery, ValidationRecheck>({
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
      queries.map(({ identity, said, ...query }) => ({ ...identity, ...query, ...askedOf(said) })),
      exactly,
    ),
  ])
  if (rows.some(({ standby }) => standby)) {
    throw new FreshetError('database.read-only', 'A standby may be late and vouches for nothing.')
  }
  return rows.map((row, index) => ({
    ...recheckAnswerOf(row),
    ...saidTo(queries[index], row),
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
function askedOf(said: ValidationQuery['said']): object {
  if (said === undefined) return { parties: [], everyone: [], claims: [] }
  const { parties, claims } = said
  const everyone = [...new Set(parties.flatMap(everyoneOf))]
  return { parties: parties.map(subjectKey), everyone, claims }
}

function saidTo(
  query: ValidationQuery | undefined,
  row: SubjectStateRow,
): Pick<ValidationRecheck, 'said'> {
  if (query?.said === undefined) return {}
  const [subject, ...actors] = query.said.parties
  const accountOf = (party: Subject) => ({ account: accountIn(row, party) ?? UNTOUCHED_ACCOUNT })
  const ofActors = actors.map((actor) => ({ ...accountOf(actor), ...saidIn(row, actor) }))
  return { said: { ...saidIn(row, subject), parties: [accountOf(subject), ...ofActors] } }
}
