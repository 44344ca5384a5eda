import type { Ledger, MintStore } from '@freshet/authority'
import type { Queryable } from '../query.ts'
import { findToken } from './find-token.ts'
import { look } from './look.ts'
import { readMintSnapshot } from './mint-snapshot.ts'
import { recordToken } from './record-token.ts'
import { withholdToken } from './withhold-token.ts'

/**
 * The ledger of minted tokens in Postgres. Each call is one statement and its own transaction, so
 * a mint is three round trips. It must be given the pool and never a transaction: a look inside a
 * snapshot that is already open would see nothing new.
 */
export function postgresMintStore(db: Queryable): MintStore & Ledger {
  return {
    snapshot: (query) => readMintSnapshot(db, query),
    record: (minted) => recordToken(db, minted),
    look: (query) => look(db, query),
    withhold: (token, mark) => withholdToken(db, token, mark),
    find: (jti, issuer) => findToken(db, jti, issuer),
  }
}
