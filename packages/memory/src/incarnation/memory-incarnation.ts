import {
  forgetThrough,
  invariant,
  NO_STATEMENTS,
  PARTITIONS,
  voidStatement,
} from '@freshet/protocol'
import type { IncarnationStore } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import { progressLock } from '../recorder/memory-recorder.ts'

/** Creates the store of positions and incarnations in process. */
export function memoryIncarnationStore(database: MemoryDatabase): IncarnationStore {
  return {
    remembered(partition) {
      const row = database.progress.get(String(partition))
      invariant(row, `Partition ${partition} has no progress row.`)
      const { e, nextOffset, lastHash } = row
      const head = database.publishers.get(String(partition))?.head?.offset ?? null
      return Promise.resolve({ e, nextOffset, lastHash, head })
    },
    raise: ({ from, to, earliest }) =>
      database.statements(PARTITIONS.map(progressLock), async (atCommit) => {
        const rows = database.progress.values()
        if (rows.some(({ e }) => e !== from)) return
        atCommit(() => raiseAll(database, to, earliest))
      }),
  }
}

function raiseAll(
  database: MemoryDatabase,
  e: bigint,
  earliest: ReadonlyMap<number, bigint>,
): void {
  const skipped = new Set<number>()
  for (const row of database.progress.values()) {
    const nextOffset = earliest.get(row.partition) ?? 0n
    if (nextOffset > row.nextOffset) skipped.add(row.partition)
    database.progress.set(String(row.partition), { ...row, e, nextOffset, lastHash: null })
  }
  for (const row of database.feeds.values()) {
    const key = JSON.stringify([row.tenant, row.source, row.partition])
    const feed = forgetThrough(row.feed)
    // A snapshot that is open began before the lost records, so it cannot answer for them.
    const halted = skipped.has(row.partition) && {
      feed: { ...feed, halted: true },
      statements: voidStatement(row.statements ?? NO_STATEMENTS),
    }
    database.feeds.set(key, { ...row, feed, ...halted })
  }
}
