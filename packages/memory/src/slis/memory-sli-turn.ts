import { COUNTED_EDGES_MAX, MINUTE_MS } from '@freshet/protocol/slo'
import type {
  ApplyOfChange,
  ChangeSample,
  OpenChange,
  RecordedChange,
  RecordedSpan,
  SliStep,
  SliTurn,
  SloCount,
} from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import { countedEdges, uncountedMemoryEdges } from '../observatory/memory-edges.ts'
import { applyBeyond, changeRowKey, type SampleRow } from './memory-sli-rows.ts'

/** Creates one turn over the present tables. */
export function memorySliTurn(database: MemoryDatabase): SliTurn {
  return { ...changesOf(database), ...edgesOf(database), save: (step) => save(database, step) }
}

function changesOf(database: MemoryDatabase): Pick<SliTurn, 'status' | 'recorded' | 'open'> {
  return {
    status: () =>
      Promise.resolve({
        recorded: database.progress
          .values()
          .map(({ partition, e, nextOffset }) => ({ partition, e, nextOffset }))
          .sort((a, b) => a.partition - b.partition),
        cursors: database.sliCursors.values(),
        minuteMs: database.sliMinute.get('')?.minuteMs ?? null,
      }),
    recorded: (spans, limit) =>
      Promise.resolve(spans.flatMap((span) => recordedIn(database, span, limit))),
    open: (after, limit) => {
      const place = after ?? { appendedAtMs: 0, id: '' }
      const found = openChanges(database).filter((change) => isBehind(change, place))
      return Promise.resolve(found.slice(0, limit))
    },
  }
}

function recordedIn(
  database: MemoryDatabase,
  { from: { partition, e, nextOffset }, below }: RecordedSpan,
  limit: number,
): readonly RecordedChange[] {
  return database.changeLog
    .values()
    .filter((row) => row.partition === partition && row.e === e)
    .filter((row) => row.offset >= nextOffset && row.offset < below)
    .sort((a, b) => (a.offset < b.offset ? -1 : 1))
    .slice(0, limit)
    .map((row): RecordedChange => ({ ...row, isReplayed: isReplayed(database, row) }))
}

type OfEdges = 'edges' | 'countEdges' | 'uncountedEdges' | 'applies' | 'edgeMinute'

function edgesOf(database: MemoryDatabase): Pick<SliTurn, OfEdges> {
  return {
    edges: (sinceMs) => Promise.resolve(countedEdges(database, sinceMs)),
    countEdges: (sinceMs, limit) => {
      const found = database.edges.values().filter((edge) => edge.reportedAtMs >= sinceMs)
      return Promise.resolve(Math.min(found.length, limit))
    },
    uncountedEdges: (sinceMs) => Promise.resolve(uncountedMemoryEdges(database, sinceMs)),
    applies: (changes, edges) =>
      Promise.resolve(
        changes.flatMap((change) => edges.flatMap((edge) => firstApply(database, change, edge))),
      ),
    edgeMinute: (minuteMs) =>
      Promise.resolve(
        database.edgeMinutes
          .values()
          .filter((row) => row.minuteMs >= minuteMs && row.minuteMs < minuteMs + MINUTE_MS)
          .sort((a, b) => (a.edge < b.edge ? -1 : 1))
          .slice(0, COUNTED_EDGES_MAX),
      ),
  }
}

function save(database: MemoryDatabase, step: SliStep): Promise<void> {
  for (const change of step.opened) openSample(database, change)
  for (const sample of step.closed) closeSample(database, sample)
  addCounts(database, step.counts)
  for (const cursor of step.cursors) database.sliCursors.set(String(cursor.partition), cursor)
  database.sliMinute.set('', { minuteMs: step.minuteMs })
  return Promise.resolve()
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
  const own = edgeApplies.values().filter((row) => row.partition === partition && row.edge === edge)
  const found = applyBeyond(own, offset)
  if (found === undefined) return []
  const { fromOffset: _from, ...apply } = found
  return [{ ...apply, offset }]
}

/** Returns the key of a count. */
export function countKey({ slo, origin, minuteMs }: SloCount): string {
  return JSON.stringify([slo, origin, minuteMs])
}

/** Adds counts to those of their minutes. */
export function addCounts({ sloMinutes }: MemoryDatabase, counts: readonly SloCount[]): void {
  for (const count of counts) {
    const key = countKey(count)
    const { good, valid } = sloMinutes.get(key) ?? { good: 0, valid: 0 }
    sloMinutes.set(key, { ...count, good: good + count.good, valid: valid + count.valid })
  }
}
