import type { Ledger, LookAnswer, LookQuery, MintQuery, MintStore } from '@freshet/authority'
import type { MintSnapshot } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { Queryable } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { findToken } from './find-token.ts'
import { look } from './look.ts'
import { readMintSnapshots } from './mint-snapshot.ts'
import { recordAndLook, type RecordAndLook } from './record-and-look.ts'
import { together } from './together.ts'
import { withholdToken } from './withhold-token.ts'

/**
 * The ledger of minted tokens in Postgres. A mint is three statements in two round trips, each in its own
 * transaction, which mints of the same moment and tenant share; with a timer, those of a few milliseconds. It
 * must be given the pool and never a transaction: a look inside a snapshot that is already open would see
 * nothing new. `find` needs no tenant, and is for callers that span them.
 */
export function postgresMintStore(db: Tenants & Queryable, timer?: Timer): MintStore & Ledger {
  const tenantOf = ({ tenant }: { readonly tenant: string }): string => tenant
  const recordedAndLooked = together({
    tenantOf: ({ minted }: RecordAndLook) => minted.token.tenant,
    run: (tenant, mints) => recordAndLook(db.ofTenant(tenant), mints),
    timer,
  })
  return {
    snapshot: together<MintQuery, MintSnapshot>({
      tenantOf,
      run: (tenant, queries) => readMintSnapshots(db.ofTenant(tenant), queries),
      timer,
    }),
    recordAndLook: (minted, query) => recordedAndLooked({ minted, query }),
    look: together<LookQuery, LookAnswer>({
      tenantOf,
      run: (tenant, queries) => look(db.ofTenant(tenant), queries),
    }),
    withhold: (token, mark) => withholdToken(db.ofTenant(token.audit.tenant), token, mark),
    find: (jti, issuer) => findToken(db, jti, issuer),
  }
}
