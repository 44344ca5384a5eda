import { isDeepStrictEqual } from 'node:util'
import type {
  LedgerIdentity,
  ValidationRecheck,
  ValidationQuery,
  ValidationStore,
} from '@freshet/authority'
import { inMemoryTurn, recheck } from './memory-authority.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import type { TokenRow } from './memory-ledger-rows.ts'
import { readPartiesState } from './memory-subject-state.ts'

const SECOND_MS = 1_000

/** Creates the store of run-time validation, in process. */
export function memoryValidationStore(database: MemoryDatabase): ValidationStore {
  return {
    recheckToValidate: (query) => inMemoryTurn(database, () => validationRecheck(database, query)),
  }
}

function validationRecheck(database: MemoryDatabase, query: ValidationQuery): ValidationRecheck {
  const { tenant, identity, expMs, partitions, wantedState } = query
  const row = database.tokens.get(identity.jti)
  const progress = database.progress.values().filter((each) => partitions.includes(each.partition))
  return {
    ...recheck(database, query),
    isKnown:
      row?.tenant === tenant &&
      row.expMs >= expMs &&
      row.expMs < expMs + SECOND_MS &&
      isSameIdentity(row, identity),
    positions: new Map(
      progress.map(({ partition, e, nextOffset }) => [partition, { e, offset: nextOffset }]),
    ),
    ...(wantedState !== undefined && {
      partiesState: readPartiesState(database, wantedState.parties, wantedState.claims),
    }),
  }
}

function isSameIdentity(row: TokenRow, { valueScopes, ...rest }: LedgerIdentity): boolean {
  const { jti, client, sid, kid, pv, subject, actors, actorPositions, label } = row
  const kept = { jti, client, sid, kid, pv, subject, actors, actorPositions, ...label }
  return (
    isDeepStrictEqual(kept, rest) && valueScopes.every((scope) => row.valueScopes.includes(scope))
  )
}
