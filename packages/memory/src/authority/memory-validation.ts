import { isDeepStrictEqual } from 'node:util'
import type {
  LedgerIdentity,
  ValidationRecheck,
  ValidationQuery,
  ValidationStore,
} from '@freshet/authority'
import { inMemoryTurn, lookAt } from './memory-authority.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import type { TokenRow } from './memory-ledger-rows.ts'
import { saidOfParties } from './memory-subject-state.ts'

const SECOND_MS = 1_000

/** Creates the store of run-time validation, in process. */
export function memoryValidationStore(database: MemoryDatabase): ValidationStore {
  return {
    recheckToValidate: (query) => inMemoryTurn(database, () => validationRecheck(database, query)),
  }
}

function validationRecheck(database: MemoryDatabase, query: ValidationQuery): ValidationRecheck {
  const { tenant, identity, expMs, partitions, said } = query
  const row = database.tokens.get(identity.jti)
  const progress = database.progress.values().filter((each) => partitions.includes(each.partition))
  return {
    ...lookAt(database, query),
    isKnown:
      row?.tenant === tenant &&
      row.expMs >= expMs &&
      row.expMs < expMs + SECOND_MS &&
      saysTheSame(row, identity),
    positions: new Map(
      progress.map(({ partition, e, nextOffset }) => [partition, { e, offset: nextOffset }]),
    ),
    ...(said !== undefined && { said: saidOfParties(database, said.parties, said.claims) }),
  }
}

function saysTheSame(row: TokenRow, { valueScopes, ...said }: LedgerIdentity): boolean {
  const { jti, client, sid, kid, pv, subject, actors, actorPositions, label } = row
  const kept = { jti, client, sid, kid, pv, subject, actors, actorPositions, ...label }
  return (
    isDeepStrictEqual(kept, said) && valueScopes.every((scope) => row.valueScopes.includes(scope))
  )
}
