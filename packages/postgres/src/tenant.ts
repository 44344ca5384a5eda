import { FreshetError } from '@freshet/domain'
import pg from 'pg'
import { toFreshetError } from './errors.ts'
import type { Flights } from './flight.ts'
import { queryable, type Queryable, type Sender } from './query.ts'

/** Where something can be done for one tenant, whose rows alone are there then. */
export interface Tenants {
  /**
   * Statements for one tenant. For whoever works as `freshet_tenant` the rows of all others do not
   * exist: they are neither read nor changed, and none can be written for them. Each statement is a
   * transaction of its own that names the tenant; its three parts share a round trip.
   */
  ofTenant(tenant: string): Flights
}

/** The statement, for a transaction, by which it is of that tenant until its end. */
export function naming(tenant: string): string {
  if (tenant.includes('\0')) {
    throw new FreshetError('event.malformed', 'A tenant has a name that Postgres cannot hold.')
  }
  return `SET LOCAL freshet.tenant = ${pg.escapeLiteral(tenant)}`
}

/** Puts each statement into a transaction of that tenant, on one connection. */
export function forTenant(sender: Sender, tenant: string): Queryable {
  const begin = `BEGIN; ${naming(tenant)}`
  return {
    async query(statement, values) {
      const [begun, answer, ended] = await Promise.allSettled([
        sender.query({ text: begin }),
        queryable(sender).query<never>(statement, values),
        sender.query({ text: 'COMMIT' }),
      ])
      if (begun.status === 'rejected') throw toFreshetError(begun.reason, 'begin')
      if (answer.status === 'rejected') throw answer.reason
      if (ended.status === 'rejected') throw toFreshetError(ended.reason, 'commit')
      return answer.value
    },
  }
}
