import type { Ledger, MintStore } from '@freshet/authority'
import type { Timer } from '@freshet/events'
import type { Flights } from '../flight.ts'
import { findToken } from './find-token.ts'
import { look } from './look.ts'
import { readMintSnapshots } from './mint-snapshot.ts'
import { recordAndLook, type RecordAndLook } from './record-and-look.ts'
import { together } from './together.ts'
import { withholdToken } from './withhold-token.ts'

/**
 * The ledger of minted tokens in Postgres. A mint is three statements in two round trips, each in its
 * own transaction, which mints of the same moment share; with a timer, those of a few milliseconds. It
 * must be given the pool and never a transaction: a look inside a snapshot that is already open would
 * see nothing new.
 */
export function postgresMintStore(db: Flights, timer?: Timer): MintStore & Ledger {
  const recordedAndLooked = together(
    (mints: readonly RecordAndLook[]) => recordAndLook(db, mints),
    timer,
  )
  return {
    snapshot: together((queries) => readMintSnapshots(db, queries), timer),
    recordAndLook: (minted, query) => recordedAndLooked({ minted, query }),
    look: together((queries) => look(db, queries)),
    withhold: (token, mark) => withholdToken(db, token, mark),
    find: (jti, issuer) => findToken(db, jti, issuer),
  }
}
