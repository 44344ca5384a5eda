import type { ValidationLook, ValidationQuery, ValidationStore } from '@freshet/authority'
import { inTurn, lookAt } from './memory-authority.ts'
import type { MemoryDatabase } from './memory-database.ts'

const SECOND_MS = 1_000

/** Where run-time validation reads, in process. */
export function memoryValidationStore(database: MemoryDatabase): ValidationStore {
  return { lookToValidate: (query) => inTurn(database, () => validationLook(database, query)) }
}

function validationLook(database: MemoryDatabase, query: ValidationQuery): ValidationLook {
  const { jti, tenant, expMs, partitions } = query
  const token = database.tokens.get(jti)
  const row = token?.tenant === tenant ? token : undefined
  const progress = database.progress.values().filter((each) => partitions.includes(each.partition))
  return {
    ...lookAt(database, query),
    isKnown: row !== undefined && row.expMs >= expMs && row.expMs < expMs + SECOND_MS,
    positions: new Map(
      progress.map(({ partition, e, nextOffset }) => [partition, { e, offset: nextOffset }]),
    ),
  }
}
