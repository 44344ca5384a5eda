import { setTimeout as sleep } from 'node:timers/promises'
import {
  EDGE_REPORT_PARTITIONS,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  REVOCATIONS_TOPIC,
  type EdgePartition,
  type EdgeReport,
  type LogRecord,
  type OutgoingRecord,
  APPLIES_MAX,
  readCheckpoint,
  type EdgeApply,
  encodeEdgeReport,
} from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'

/** The approximate time of an edge that applies at once. */
const APPLY_MS = 2
const SLOTS = 20

/** The batches of one partition that edges would have applied, by the turn in which they report. */
class PartitionNotes {
  readonly #partition: number
  readonly #applies: EdgeApply[][]
  #next: bigint
  #lastHeartbeatMs: number | null = null

  constructor(partition: number, next: bigint, turns: number) {
    this.#partition = partition
    this.#next = next
    this.#applies = Array.from({ length: turns }, () => [])
  }

  add(record: LogRecord, nowMs: number): void {
    const { offset, appendedAtMs } = record
    this.#next = offset + 1n
    const checkpoint = readCheckpoint(record)?.checkpoint
    if (checkpoint === undefined) return
    if (checkpoint.heartbeat !== undefined) this.#lastHeartbeatMs = nowMs
    if (checkpoint.count === 0) return
    const allowsSinceMs = appendedAtMs - 60_000
    const apply = {
      upTo: this.#next,
      appendedAtMs,
      appliedAtMs: nowMs + APPLY_MS,
      allowsSinceMs,
    }
    for (const applies of this.#applies) applies.push(apply)
  }

  take(turn: number, nowMs: number): EdgePartition {
    const applies = (this.#applies[turn] ?? []).slice(-APPLIES_MAX)
    this.#applies[turn] = []
    const viewAgeMs =
      this.#lastHeartbeatMs === null ? null : Math.max(0, nowMs - this.#lastHeartbeatMs)
    return { partition: this.#partition, e: 1n, applied: this.#next, viewAgeMs, applies }
  }
}

/**
 * Returns a function that makes reports with the same content as the first, except for the name of their
 * edge. Each is a copy of its bytes, with the same length. Real edges are processes of their own, so
 * simulating them must not disturb the measurement.
 */
function reportsAlike(first: EdgeReport): (edge: Buffer) => OutgoingRecord {
  const { value, headers } = encodeEdgeReport(first)
  const { ce_id: id = empty, ...same } = headers
  const bodyOf = copies(value ?? empty, first.edge)
  const idOf = copies(id, first.edge)
  return (edge) => {
    return {
      key: edge,
      value: bodyOf(edge),
      headers: { ...same, ce_id: idOf(edge), ce_source: edge },
    }
  }
}

const empty = Buffer.alloc(0)

function copies(bytes: Uint8Array, name: string): (name: Buffer) => Buffer {
  const at = Buffer.from(bytes).indexOf(name)
  return (other) => {
    const copy = Buffer.from(bytes)
    other.copy(copy, at)
    return copy
  }
}

/** The arguments of a process that reports for many edges. */
export interface ReportsPlan {
  readonly brokers: readonly string[]
  readonly edges: number
  /** The time within which each edge reports once. */
  readonly everyMs: number
}

/** The reports that were appended so far. */
export interface ReportsSent {
  readonly records: number
  readonly bytes: number
  /** The number of those that the broker did not acknowledge in time. */
  readonly lost: number
  /** Processor time that this took, in seconds. */
  readonly cpuS: number
  /** The delay of the last round of reports. */
  readonly lateMs: number
}

/**
 * Entry of a process that reports as many edges would. It reads the revocation topic once, and reports for
 * each edge in its turn the batches that the edge would have applied since. It judges no token.
 */
const { brokers, edges, everyMs } = childArgument() as ReportsPlan
const kafka = createKafka({ brokers: [...brokers], clientId: 'freshet-bench-edges' })
const reader = kafka.reader()
const writer = kafka.writer()
const sent = { records: 0, bytes: 0, lost: 0, lateMs: 0 }
const bounds = await reader.bounds(REVOCATIONS_TOPIC)
const notes = new Map(
  bounds.map(({ partition, end }) => [partition, new PartitionNotes(partition, end, SLOTS)]),
)
const stop = new AbortController()
const following = reader.follow(
  REVOCATIONS_TOPIC,
  new Map(bounds.map(({ partition, end }) => [partition, end])),
  {
    onRecords(partition: number, records: readonly LogRecord[]) {
      for (const record of records) notes.get(partition)?.add(record, Date.now())
    },
    onOffsetLost: (_partition, lost) => lost.earliest,
  },
  stop.signal,
)
following.catch(() => process.exit(1))
const names = Array.from({ length: edges }, (_, n) =>
  Buffer.from(`payments:${n.toString(16).padStart(16, '0')}`),
)
const partitionOf = names.map((name) => edgeReportPartition(String(name)))
void report()
sendToParent('reporting')
for (;;) {
  await receiveFromParent<unknown>()
  const { user, system } = process.cpuUsage()
  sendToParent({ ...sent, cpuS: (user + system) / 1_000_000 } satisfies ReportsSent)
}

async function report(): Promise<void> {
  const startMs = performance.now()
  for (let turn = 0; ; turn += 1) {
    const dueMs = startMs + (turn * everyMs) / SLOTS
    const waitMs = dueMs - performance.now()
    sent.lateMs = Math.max(0, -waitMs)
    if (waitMs > 0) await sleep(waitMs)
    await reportSlot(turn % SLOTS, Math.floor(turn / SLOTS))
  }
}

/** Reports of one turn are sent together, as a broker's client sends waiting records. */
async function reportSlot(slot: number, n: number): Promise<void> {
  const nowMs = Date.now()
  const partitions = [...notes.values()].map((each): EdgePartition => each.take(slot, nowMs))
  const records: OutgoingRecord[][] = Array.from({ length: EDGE_REPORT_PARTITIONS }, () => [])
  const recordOf = reportsAlike(reportOf(String(names[slot]), n, { nowMs, partitions }))
  for (let at = slot; at < edges; at += SLOTS) {
    const record = recordOf(names[at] ?? Buffer.alloc(0))
    records[partitionOf[at] ?? 0]?.push(record)
    sent.records += 1
    sent.bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
  }
  await Promise.all(records.flatMap((lot, at) => (lot.length === 0 ? [] : [append(at, lot)])))
}

/** A report that fails is lost, as with real edges: the next one has the edge's progress at that time. */
async function append(at: number, lot: readonly OutgoingRecord[]): Promise<void> {
  try {
    await writer.append(EDGE_REPORTS_TOPIC, at, lot)
  } catch {
    sent.lost += lot.length
  }
}

function reportOf(
  edge: string,
  n: number,
  { nowMs, partitions }: { readonly nowMs: number; readonly partitions: readonly EdgePartition[] },
): EdgeReport {
  return {
    edge,
    audience: 'payments',
    version: '0.1.0',
    atMs: nowMs,
    state: 'live',
    partitions,
    decisions: { allow: 40, deny: 2, challenge: 0 },
    start: 'bench',
    n,
    clock: { offsetMs: 0.5, errorMs: 1.5 },
    allows: { evictions: 0, dropped: 0 },
  }
}
