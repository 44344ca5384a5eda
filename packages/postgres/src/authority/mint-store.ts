import type { Ledger, MintStore } from '@freshet/authority'
import type { Queryable } from '../query.ts'
import { findToken } from './find-token.ts'
import { look } from './look.ts'
import { readMintSnapshots } from './mint-snapshot.ts'
import { recordTokens } from './record-tokens.ts'
import { together } from './together.ts'
import { withholdToken } from './withhold-token.ts'

/**
 * The ledger of minted tokens in Postgres. A mint is three round trips, each one statement in its own
 * transaction, which mints of the same moment share. It must be given the pool and never a
 * transaction: a look inside a snapshot that is already open would see nothing new.
 */
export function postgresMintStore(db: Queryable): MintStore & Ledger {
  return {
    snapshot: together((queries) => readMintSnapshots(db, queries)),
    record: together((minted) => recordTokens(db, minted)),
    look: together((queries) => look(db, queries)),
    withhold: (token, mark) => withholdToken(db, token, mark),
    find: (jti, issuer) => findToken(db, jti, issuer),
  }
}
