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
import type { MintSnapshot } from '@freshet/protocol'
import { type Timer, auditStreamOf, encodeAuditEntry } from '@freshet/wire'
import type { Queryable, Flights, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { findToken } from './find-token.ts'
import { look } from './recheck.ts'
import { readMintSnapshots } from './mint-snapshot.ts'
import { together } from './together.ts'
import { recordTokens } from './record-tokens.ts'

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
  const recordedAndLooked = together({
    tenantOf: ({ minted }: RecordAndRecheck) => minted.token.tenant,
    run: (tenant, mints) => recordAndRecheck(db.ofTenant(tenant), mints),
    timer,
  })
  return {
    snapshot: together<MintQuery, MintSnapshot>({
      tenantOf,
      run: (tenant, queries) => readMintSnapshots(db.ofTenant(tenant), queries),
      timer,
    }),
    recordAndRecheck: (minted, query) => recordedAndLooked({ minted, query }),
    look: together<RecheckQuery, RecheckAnswer>({
      tenantOf,
      run: (tenant, queries) => look(db.ofTenant(tenant), queries),
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
    const looked = look(
      flight,
      mints.map(({ query }) => query),
    )
    await Promise.allSettled([recorded, looked])
    await recorded
    return looked
  })
}
