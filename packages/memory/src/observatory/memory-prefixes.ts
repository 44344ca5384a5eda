import { subjectKey } from '@freshet/protocol'
import type { PrefixStore } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'

/** Creates the store of ids, in process. */
export function memoryPrefixStore(database: MemoryDatabase): PrefixStore {
  return {
    async changes(prefix, limit) {
      const rows = begin(database.changeLog.values(), ({ id }) => id, prefix, limit)
      return rows.map(({ id, tenant, kind, op, claim, outcome }) => {
        return { id, tenant, kind, op, claim, outcome }
      })
    },
    async tokens(prefix, limit) {
      const rows = begin(database.issuances.values(), ({ jti }) => jti, prefix, limit)
      return rows.map(({ jti, tenant, audience }) => ({ jti, tenant, audience }))
    },
    async subjects(prefixes, limit) {
      const keys = database.claimStates.values().map(({ subject }) => subjectKey(subject))
      return prefixes
        .flatMap((prefix) => begin(keys, (key) => key, prefix, limit))
        .toSorted()
        .slice(0, limit)
    },
    async quarantined(prefix, limit) {
      const rows = begin(database.quarantine.values(), ({ id }) => id, prefix, limit)
      return rows.map(({ id, state }) => ({ id, state }))
    },
    async audited(prefix, limit) {
      const refs = database.auditEntries.values().map(({ ref }) => ref)
      return begin(refs, (ref) => ref, prefix, limit)
    },
  }
}

/** Returns the first row of each name that begins with the prefix, by name. */
function begin<T>(
  rows: readonly T[],
  nameOf: (row: T) => string,
  prefix: string,
  limit: number,
): readonly T[] {
  const named = rows.filter((row) => nameOf(row).startsWith(prefix))
  const first = new Map(named.toReversed().map((row) => [nameOf(row), row]))
  return [...first.keys()]
    .toSorted()
    .slice(0, limit)
    .flatMap((name) => first.get(name) ?? [])
}
