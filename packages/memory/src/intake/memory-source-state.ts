import { PARTITIONS, statedState } from '@freshet/protocol'
import type { Feed, SourceStateStore } from '@freshet/intake'
import type { MemoryDatabase } from '../memory-database.ts'
import { claimsBehind, cursorOf } from '../recorder/memory-recorder-walk.ts'

/** Creates the store of the states that sources stated, in memory. */
export function memorySourceStateStore(database: MemoryDatabase): SourceStateStore {
  const isOf =
    ({ tenant, source }: Feed) =>
    (row: Feed): boolean =>
      row.tenant === tenant && row.source === source
  return {
    numbered: async (feed) => {
      const last = new Map<number, bigint>()
      for (const { partition, number } of database.stamps.values().filter(isOf(feed)))
        if (number > (last.get(partition) ?? 0n)) last.set(partition, number)
      return last
    },
    recorded: async (feed) =>
      new Map(
        database.feeds
          .values()
          .filter(isOf(feed))
          .map((row) => [row.partition, row.feed.complete]),
      ),
    page: async ({ tenant, source }, after, { rows: most }) => {
      const from = after?.partition ?? PARTITIONS[0] ?? 0
      for (const partition of PARTITIONS.filter((each) => each >= from)) {
        const behind = after?.partition === partition ? after : null
        const rows = claimsBehind({ database, partition }, { tenant, after: behind })
        const read = rows.slice(0, most)
        const last = read.at(-1)
        if (last === undefined) continue
        const own = read.filter((row) => row.source === source)
        return { states: own.map(statedState), next: { partition, ...cursorOf(last) } }
      }
      return { states: [] }
    },
  }
}
