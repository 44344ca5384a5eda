import { subjectKey } from '@freshet/protocol'
import type { SentEvidence } from '@freshet/protocol/quarantine'
import { droppedEntry, replayedEntry, settledEntry, type AuditEntry } from '@freshet/wire'
import type {
  QuarantinedRecord,
  QuarantinedCount,
  QuarantinedCursor,
  QuarantinedEffects,
  QuarantinedFilter,
  QuarantineStore,
} from '@freshet/reconciler'
import { appendMemoryAudit } from '../audit/memory-audit.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import { translated } from '../translated.ts'

/** Creates the store of quarantined records in process. */
export function memoryQuarantineStore(database: MemoryDatabase): QuarantineStore {
  const alone = <T>(work: () => T): Promise<T> =>
    translated(() => database.transaction(() => Promise.resolve(work())))
  const change = (id: string, ...how: Change) => alone(() => changeOpen(database, id, ...how))
  const { quarantine } = database
  return {
    list: (filter, limit, after) => alone(() => pageOf(meant(database, filter), limit, after)),
    counts: (filter) => alone(() => countsOf(meant(database, filter))),
    find: (id) => alone(() => quarantine.get(id)),
    openDoubts: (max) => alone(() => Math.min(max, openDoubtsIn(database))),
    effects: (record, doubtsMax) => alone(() => effectsOf(database, record, doubtsMax)),
    begin: (id, replays, decided) =>
      change(
        id,
        (row) => row.replays === replays,
        { state: 'replaying', replays: replays + 1, sent: null, outcome: null, decided },
        (tenant) => replayedEntry({ id, tenant, ...decided, replays: replays + 1 }),
      ),
    async sent(id, replays, sent) {
      await change(id, (row) => row.replays === replays && row.state === 'replaying', { sent })
    },
    evidence: (id) => alone(() => evidenceOf(database, quarantine.get(id))),
    end: (id, { replays, state, outcome, decision: decided }) =>
      change(
        id,
        (row) => row.replays === replays,
        { state, outcome, decided },
        (tenant) => settledEntry({ id, tenant, ...decided, state, outcome }),
      ),
    drop: (id, decided) =>
      change(
        id,
        () => true,
        { state: 'dropped', decided },
        (tenant) => droppedEntry({ id, tenant, ...decided }),
      ),
  }
}

/** The row to change, the change, and its audit entry. */
type Change = readonly [
  isMeant: (row: QuarantinedRecord) => boolean,
  more: Partial<QuarantinedRecord>,
  entry?: (tenant: string | null) => AuditEntry,
]

/** Changes a record that is open. A replayed or dropped record stays as it is. */
function changeOpen(
  database: MemoryDatabase,
  id: string,
  ...[isMeant, more, entry]: Change
): boolean {
  const row = database.quarantine.get(id)
  if (row === undefined || !isOpen(row) || !isMeant(row)) return false
  database.quarantine.set(id, { ...row, ...more })
  if (entry) appendMemoryAudit(database, [entry(row.tenant)])
  return true
}

function pageOf(
  rows: readonly QuarantinedRecord[],
  limit: number,
  after: QuarantinedCursor | undefined,
): readonly QuarantinedRecord[] {
  return rows
    .filter((row) => after === undefined || comparePlaces(cursorOf(row), after) > 0)
    .sort((a, b) => comparePlaces(cursorOf(a), cursorOf(b)))
    .slice(0, limit)
}

function isOpen({ state }: QuarantinedRecord): boolean {
  return state === 'open' || state === 'replaying'
}

function meant({ quarantine }: MemoryDatabase, filter: QuarantinedFilter): QuarantinedRecord[] {
  const { states, source, tenant, reason, topic, beforeMs } = filter
  return quarantine
    .values()
    .filter(
      (row) =>
        (states?.includes(row.state) ?? true) &&
        (source === undefined || row.source === source) &&
        (tenant === undefined || row.tenant === tenant) &&
        (reason === undefined || row.code === reason) &&
        (topic === undefined || row.topic === topic) &&
        (beforeMs === undefined || row.first.atMs < beforeMs),
    )
}

function cursorOf({ first, id }: QuarantinedRecord): QuarantinedCursor {
  return { firstAtMs: first.atMs, id }
}

function comparePlaces(a: QuarantinedCursor, b: QuarantinedCursor): number {
  return a.firstAtMs - b.firstAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function countsOf(rows: readonly QuarantinedRecord[]): readonly QuarantinedCount[] {
  const counts = new Map<string, QuarantinedCount>()
  for (const { topic, code: reason, state, first } of rows) {
    const key = JSON.stringify([topic, reason, state])
    const before = counts.get(key) ?? { topic, reason, state, records: 0, oldestAtMs: first.atMs }
    const oldestAtMs = Math.min(before.oldestAtMs, first.atMs)
    counts.set(key, { ...before, records: before.records + 1, oldestAtMs })
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
}

/** A claim can be in doubt because of several records, and counts once. */
function openDoubtsIn({ doubts }: MemoryDatabase): number {
  const open = doubts.values().filter(({ raised, settled }) => raised && !settled)
  return new Set(open.map(({ subject, claim }) => `${claim} ${subjectKey(subject)}`)).size
}

function effectsOf(
  database: MemoryDatabase,
  record: QuarantinedRecord,
  doubtsMax: number,
): QuarantinedEffects {
  const { partition, first, last, source, tenant, code } = record
  const places = [first, last]
  const doubts = database.doubts
    .values()
    .filter(
      (row) =>
        row.raised &&
        row.partition === partition &&
        places.some(({ e, offset }) => row.e === e && row.offset === offset),
    )
    .map(({ subject, claim, settled, e, offset }) => {
      return { subject: subjectKey(subject), claim, settled, e, offset }
    })
    .sort((a, b) => (a.subject + a.claim < b.subject + b.claim ? -1 : 1))
  const halted = database.feeds
    .values()
    .filter((row) => row.partition === partition && row.source === source && row.feed.halted)
    .map((row) => row.tenant)
    .filter((each) => tenant === null || each === tenant)
  const isHalting = code === 'event.malformed' || code === 'event.unconfirmed'
  return { doubts: doubts.slice(0, doubtsMax), halted: isHalting ? halted.sort() : [] }
}

function evidenceOf(
  database: MemoryDatabase,
  record: QuarantinedRecord | undefined,
): SentEvidence | undefined {
  const progress = database.progress.get(String(record?.partition))
  if (!record || record.sent === null || !progress) return undefined
  const { sent, partition, last, code, rule } = record
  const isAt = (place: { e: bigint; offset: bigint }): boolean =>
    place.e === sent.e && place.offset === sent.offset
  const logged = database.changeLog.values().find((row) => row.partition === partition && isAt(row))
  return {
    progress,
    logged: logged?.outcome ?? null,
    refusal: isAt(last) ? { code, rule } : null,
  }
}
