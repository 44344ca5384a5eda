import pg from 'pg'
import type { OnePiece } from './one-piece.ts'
import type { Sender, Statement } from './query.ts'
import type { DatabaseRole } from './role.ts'

/** A tenant, and the role that its statements run in; no role: that of the connection. */
export interface Worker {
  readonly tenant: string
  readonly role: DatabaseRole | undefined
}

/**
 * Sets tenant ($1) and role of a transaction until its end; it returns no row. The role is set each time:
 * a connection that lost its role, by a pooler or by a statement, still shows the rows of one tenant alone.
 */
function naming(role: DatabaseRole | undefined): Statement {
  const text = `SELECT FROM set_config('freshet.tenant', $1, true) AS named WHERE named IS NULL`
  if (role === undefined) return { name: 'name-tenant', text }
  const both = `${text} OR set_config('role', '${role}', true) IS NULL`
  return { name: 'name-tenant-and-role', text: both }
}

type Answer = Awaited<ReturnType<Sender['query']>>

/**
 * Sends each statement in a transaction of its own that names the tenant first. Both are executed before the
 * one `Sync` that commits, so naming takes neither a round trip nor an answer of its own. If naming fails,
 * the server skips the statement.
 */
export function queriesOfTenant(connection: OnePiece, { tenant, role }: Worker): Sender {
  const first = { ...naming(role), values: [tenant] }
  return {
    async query(config) {
      // This happens once for a connection, in a transaction of its own without a tenant.
      const prepared = connection.hasPrepared(first.name) ? undefined : connection.query(first)
      const [answer] = await Promise.all([named(connection, first, config), prepared])
      return answer
    },
  }
}

interface Naming {
  readonly name: string
  readonly values: string[]
}

function named(connection: OnePiece, first: Naming, config: pg.QueryConfig): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Always in the extended protocol: a simple query is a transaction of its own.
    const extended = { ...config, queryMode: 'extended' }
    const query = new pg.Query(extended, (error, answers) => {
      if (error) reject(error)
      else resolve((answers as unknown as readonly [Answer, Answer])[1])
    })
    const submit = query.submit.bind(query)
    query.submit = (wire) => {
      wire.bind({ statement: first.name, values: first.values }, true)
      wire.execute(null, true)
      return submit(wire)
    }
    connection.submit(query)
  })
}
