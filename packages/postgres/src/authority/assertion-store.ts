import type { AssertionStore } from '@freshet/authority'
import type { Queryable, Statement } from '../connection/query.ts'

const USE_ASSERTION: Statement = {
  name: 'use-assertion',
  text: `
    insert into client_assertion (client, jti, expires_at_ms) values ($1, $2, $3)
    on conflict do nothing`,
}

const FORGET_ASSERTIONS: Statement = {
  name: 'forget-assertions',
  text: 'delete from client_assertion where expires_at_ms < $1',
}

/** Used assertions in Postgres: of two uses at once, at whichever authorities, one is the first. */
export function postgresAssertionStore(db: Queryable): AssertionStore {
  return {
    async use({ client, jti, expMs }) {
      return (await db.query(USE_ASSERTION, [client, jti, expMs])).count === 1
    },
    async forgetBefore(expiredMs) {
      return (await db.query(FORGET_ASSERTIONS, [expiredMs])).count
    },
  }
}
