import type {
  ApplyOfChange,
  ChangeSample,
  OpenChange,
  RecordedChange,
  SliStore,
  SliTurn,
  SloCount,
} from '@freshet/observatory'
import type { MemoryDatabase } from './memory-database.ts'
import { changeRowKey, type SampleRow } from './memory-sli-rows.ts'
import { blindest, historyOf, samplesFor, sumsOf } from './memory-sli-reads.ts'

const EDGES_MAX = 1_000
const SAMPLES_OF_ONE_ID_MAX = 20
const EDGE_MINUTES_MAX = 10_000
const MINUTE_MS = 60_000

/** Measurements in process. */
export function memorySliStore(database: MemoryDatabase): SliStore {
  let isTaken = false
  return {
    async inTurn(work) {
      if (isTaken) return undefined
      isTaken = true
      try {
        return await database.transaction(() => work(memoryTurn(database)))
      } finally {
        isTaken = false
      }
    },
    add: (counts) => Promise.resolve(addTo(database, counts)),
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
    blindest: (question, limit) =>
      Promise.resolve(blindest(database.edgeMinutes.values(), question, limit)),
    edgeMinutes: (sinceMs) =>
      Promise.resolve(
        database.edgeMinutes
          .values()
          .filter(({ minuteMs }) => minuteMs >= sinceMs)
          .sort((a, b) => a.minuteMs - b.minuteMs)
          .slice(0, EDGE_MINUTES_MAX),
      ),
    forget(beforeMs) {
      for (const row of closed(database))
        if (row.closedAtMs < beforeMs) database.changeSamples.delete(changeRowKey(row))
      for (const row of database.sloMinutes.values())
        if (row.minuteMs < beforeMs) database.sloMinutes.delete(countKey(row))
      return Promise.resolve()
    },
  }
}

function memoryTurn(database: MemoryDatabase): SliTurn {
  return {
    standing: () =>
      Promise.resolve({
        recorded: database.progress
          .values()
          .map(({ partition, e, nextOffset }) => ({ partition, e, nextOffset }))
          .sort((a, b) => a.partition - b.partition),
        cursors: database.sliCursors.values(),
        minuteMs: database.sliMinute.get('')?.minuteMs ?? null,
      }),
    recorded: ({ partition, e, nextOffset }, below, limit) =>
      Promise.resolve(
        database.changeLog
          .values()
          .filter((row) => row.partition === partition && row.e === e)
          .filter((row) => row.offset >= nextOffset && row.offset < below)
          .sort((a, b) => (a.offset < b.offset ? -1 : 1))
          .slice(0, limit)
          .map((row): RecordedChange => ({ ...row, isReplayed: isReplayed(database, row) })),
      ),
    open: (after, limit) => {
      const place = after ?? { appendedAtMs: 0, id: '' }
      const found = openChanges(database).filter((change) => isBehind(change, place))
      return Promise.resolve(found.slice(0, limit))
    },
    edges: (sinceMs) =>
      Promise.resolve(
        database.edges
          .values()
          .filter((edge) => edge.reportedAtMs >= sinceMs)
          .slice(0, EDGES_MAX),
      ),
    applies: (changes, edges) =>
      Promise.resolve(
        changes.flatMap((change) => edges.flatMap((edge) => firstApply(database, change, edge))),
      ),
    edgeMinute: (minuteMs) =>
      Promise.resolve(
        database.edgeMinutes
          .values()
          .filter((row) => row.minuteMs >= minuteMs && row.minuteMs < minuteMs + MINUTE_MS),
      ),
    save(step) {
      for (const change of step.opened) openSample(database, change)
      for (const sample of step.closed) closeSample(database, sample)
      addTo(database, step.counts)
      for (const cursor of step.cursors) database.sliCursors.set(String(cursor.partition), cursor)
      database.sliMinute.set('', { minuteMs: step.minuteMs })
      return Promise.resolve()
    },
  }
}

function openSample(database: MemoryDatabase, change: OpenChange): void {
  const { origin, measuredClass, appendedAtMs } = change
  const row: SampleRow = { origin, class: measuredClass, appendedAtMs, sample: null }
  const key = changeRowKey(change)
  if (database.changeSamples.get(key) === undefined) database.changeSamples.set(key, row)
}

function closeSample(database: MemoryDatabase, sample: ChangeSample): void {
  const key = changeRowKey(sample)
  const row = database.changeSamples.get(key)
  if (row?.sample === null) database.changeSamples.set(key, { ...row, sample })
}

function openChanges(database: MemoryDatabase): readonly OpenChange[] {
  return database.changeLog
    .values()
    .flatMap((row): readonly OpenChange[] => {
      const known = database.changeSamples.get(changeRowKey(row))
      if (known === undefined || known.sample !== null) return []
      const { origin, class: measuredClass } = known
      return [{ ...row, origin, measuredClass, isReplayed: origin === 'replay' }]
    })
    .sort((a, b) => (isBehind(a, b) ? 1 : -1))
}

type Place = Pick<OpenChange, 'appendedAtMs' | 'id'>

function isBehind(a: Place, b: Place): boolean {
  if (a.appendedAtMs !== b.appendedAtMs) return a.appendedAtMs > b.appendedAtMs
  return a.id > b.id
}

function isReplayed(
  { quarantine }: MemoryDatabase,
  { partition, e, offset }: Pick<RecordedChange, 'partition' | 'e' | 'offset'>,
): boolean {
  return quarantine
    .values()
    .some(
      ({ sent, ...row }) => row.partition === partition && sent?.e === e && sent.offset === offset,
    )
}

function firstApply(
  { edgeApplies }: MemoryDatabase,
  { partition, offset }: { readonly partition: number; readonly offset: bigint },
  edge: string,
): readonly ApplyOfChange[] {
  const [first] = edgeApplies
    .values()
    .filter((row) => row.partition === partition && row.edge === edge && row.upTo > offset)
    .sort((a, b) => (a.upTo < b.upTo ? -1 : 1))
  return first === undefined ? [] : [{ ...first, offset }]
}

function closed({ changeSamples }: MemoryDatabase): readonly ChangeSample[] {
  return changeSamples
    .values()
    .flatMap(({ sample }) => sample ?? [])
    .sort((a, b) => b.closedAtMs - a.closedAtMs)
}

function countKey({ slo, origin, minuteMs }: SloCount): string {
  return JSON.stringify([slo, origin, minuteMs])
}

function addTo({ sloMinutes }: MemoryDatabase, counts: readonly SloCount[]): void {
  for (const count of counts) {
    const key = countKey(count)
    const { good, valid } = sloMinutes.get(key) ?? { good: 0, valid: 0 }
    sloMinutes.set(key, { ...count, good: good + count.good, valid: valid + count.valid })
  }
}
