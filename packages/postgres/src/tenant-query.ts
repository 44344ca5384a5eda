import pg from 'pg'
import type { OnePiece } from './one-piece.ts'
import type { Sender } from './query.ts'

/** Says of a transaction, until its end, which tenant ($1) it is of; nobody reads what it says, so it gives no row. */
const NAME_TENANT = {
  name: 'name-tenant',
  text: `SELECT FROM set_config('freshet.tenant', $1, true) AS named WHERE named IS NULL`,
}

type Answer = Awaited<ReturnType<Sender['query']>>

/**
 * Sends each statement in a transaction of its own that names the tenant first. Both are executed before
 * the one `Sync` that commits, so naming takes neither a round trip nor an answer of its own. Where it
 * fails the server skips the statement.
 */
export function queriesOfTenant(connection: OnePiece, tenant: string): Sender {
  return {
    async query(config) {
      // Once for a connection, in a transaction of its own, which names the tenant to nobody.
      const prepared = connection.hasPrepared(NAME_TENANT.name)
        ? undefined
        : connection.query({ ...NAME_TENANT, values: [tenant] })
      const [answer] = await Promise.all([named(connection, tenant, config), prepared])
      return answer
    },
  }
}

function named(connection: OnePiece, tenant: string, config: pg.QueryConfig): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Always in the extended protocol: a simple query is a transaction of its own.
    const extended = { ...config, queryMode: 'extended' }
    const query = new pg.Query(extended, (error, answers) => {
      if (error) reject(error)
      else resolve((answers as unknown as readonly [Answer, Answer])[1])
    })
    const submit = query.submit.bind(query)
    query.submit = (wire) => {
      wire.bind({ statement: NAME_TENANT.name, values: [tenant] }, true)
      wire.execute(null, true)
      return submit(wire)
    }
    connection.submit(query)
  })
}
