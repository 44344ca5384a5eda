import type { ChangeSample, EdgeMinute, SliStore } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import { minuteKey } from '../observatory/memory-edge-reports.ts'
import { memoryLatencyIn } from './memory-latency.ts'
import { changeRowKey } from './memory-sli-rows.ts'
import { addCounts, countKey, memorySliTurn } from './memory-sli-turn.ts'
import { blindest, historyOf, samplesFor, sumsOf } from './memory-sli-reads.ts'

const SAMPLES_OF_ONE_ID_MAX = 20

/** Creates the store of measurements in process. */
export function memorySliStore(database: MemoryDatabase): SliStore {
  let isTaken = false
  return {
    async inTurn(work) {
      if (isTaken) return undefined
      isTaken = true
      try {
        return await database.transaction(() => work(memorySliTurn(database)))
      } finally {
        isTaken = false
      }
    },
    add: (counts) => Promise.resolve(addCounts(database, counts)),
    sums: (nowMs, spansMs) => Promise.resolve(sumsOf(database.sloMinutes.values(), nowMs, spansMs)),
    history: (slo, origins, of) => {
      const own = database.sloMinutes
        .values()
        .filter((row) => row.slo === slo && origins.includes(row.origin))
      return Promise.resolve(historyOf(own, of))
    },
    samples: (question, limit) => Promise.resolve(samplesFor(closed(database), question, limit)),
    samplesOf: (ids) =>
      Promise.resolve(
        closed(database)
          .filter((sample) => ids.includes(sample.id))
          .slice(0, ids.length * SAMPLES_OF_ONE_ID_MAX),
      ),
    latency: (question, limit) => Promise.resolve(memoryLatencyIn(database, question, limit)),
    blindest: (question, limit) =>
      Promise.resolve(blindest(database.edgeMinutes.values(), question, limit)),
    edgeMinutes: (minutes, edges) => Promise.resolve(minutesOf(database, minutes, edges)),
    forget(beforeMs) {
      for (const row of closed(database))
        if (row.closedAtMs < beforeMs) database.changeSamples.delete(changeRowKey(row))
      for (const row of database.sloMinutes.values())
        if (row.minuteMs < beforeMs) database.sloMinutes.delete(countKey(row))
      return Promise.resolve()
    },
  }
}

function minutesOf(
  { edgeMinutes }: MemoryDatabase,
  minutes: readonly number[],
  edges: readonly string[],
): readonly EdgeMinute[] {
  const names = [...new Set(edges)].toSorted()
  return minutes
    .toSorted((a, b) => a - b)
    .flatMap((minuteMs) => names.map((edge) => edgeMinutes.get(minuteKey({ minuteMs, edge }))))
    .filter((row) => row !== undefined)
}

function closed({ changeSamples }: MemoryDatabase): readonly ChangeSample[] {
  return changeSamples
    .values()
    .flatMap(({ sample }) => sample ?? [])
    .sort((a, b) => b.closedAtMs - a.closedAtMs)
}
