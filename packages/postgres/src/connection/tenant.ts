import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import type { OnePiece } from './one-piece.ts'
import { queryable, type Flights, type Queryable } from './query.ts'
import { queriesOfTenant, type Worker } from './tenant-query.ts'

/** An object that works for one tenant and sees the rows of that tenant alone. */
export interface Tenants {
  /**
   * Statements for one tenant. The role `freshet_tenant` sees no row of another tenant: it neither reads nor
   * changes nor writes them. Each statement is a transaction of its own that names the tenant, without a
   * round trip for it.
   */
  ofTenant(tenant: string): Flights
}

/** The statement, for a transaction, by which it is of that tenant until its end. */
export function naming(tenant: string): string {
  requireName(tenant)
  return `SET LOCAL freshet.tenant = ${pg.escapeLiteral(tenant)}`
}

/** Puts each statement into a transaction of that tenant, on one connection. */
export function forTenant(connection: OnePiece, worker: Worker): Queryable {
  requireName(worker.tenant)
  return queryable(queriesOfTenant(connection, worker))
}

function requireName(tenant: string): void {
  if (!tenant.includes('\0')) return
  throw new FreshetError('event.malformed', 'A tenant has a name that Postgres cannot hold.')
}
