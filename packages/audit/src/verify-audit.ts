import type { Clock } from '@freshet/protocol'
import {
  AUDIT_STREAMS,
  readAuditHead,
  type AuditHead,
  type AuditStream,
  type LogReader,
  type VerifyKey,
  AUDIT_TOPIC,
  type LogRecord,
} from '@freshet/wire'
import type { AuditReader, StoredStatus } from './audit-reader.ts'
import { ChainWalk, type ChainFinding } from './chain-walk.ts'
import { AUDIT_KEPT_MS } from './retention.ts'

/** Entries that are older must be sealed, and under a published head, where sealing works. */
export const AUDIT_LATE_MS = 60_000
/** Walks that are overtaken by pruning are begun anew. */
const ATTEMPTS_MAX = 3

/** The parts that verifying needs. */
export interface VerifyParts {
  readonly reader: AuditReader
  readonly log: Pick<LogReader, 'bounds' | 'read'>
  /** The public audit keys, from a place that writers of the database cannot change. */
  readonly keys: readonly VerifyKey[]
  readonly clock: Clock
  /** Entries read so far. */
  readonly onProgress?: (entries: number) => void
}

/** The findings about one chain. */
export interface StreamReport {
  readonly stream: AuditStream
  /** First and last entry that stands as it was; none where `to` is below `from`. */
  readonly from: bigint
  readonly to: bigint
  /** The last signed head that the chain agrees with. */
  readonly head: AuditHead | null
  /** The first entry that is not as it was. */
  readonly finding: ChainFinding | null
  readonly pending: number
  /** True if old entries are not sealed, or under no published head: no reconciler seals, or publishes. */
  readonly isLate: boolean
}

/** The findings about the audit. */
export interface AuditReport {
  readonly streams: readonly StreamReport[]
  /** Records of the topic without a signature of a given key. */
  readonly unauthentic: number
  /** Keys that signed heads and were not given. */
  readonly unknownKeys: readonly string[]
}

/**
 * Walks every chain and compares it with each signed head on the topic (S20). It finds every edit,
 * deletion, insertion and change of order of entries up to the last head, and the first of them; and
 * without the help of a head what was done to a chain whose hashes were left alone.
 *
 * A page of entries and of heads is in memory at a time.
 *
 * @throws `database.*`, `broker.*`
 */
export async function verifyAudit(parts: VerifyParts): Promise<AuditReport> {
  for (let attempt = 1; ; attempt++) {
    const report = await verifyOnce(parts)
    if (attempt === ATTEMPTS_MAX || !(await isOvertaken(report, parts))) return report
  }
}

/** Entries were pruned meanwhile, and may be what was missed. */
async function isOvertaken({ streams }: AuditReport, { reader }: VerifyParts): Promise<boolean> {
  for (const { stream, finding, from } of streams) {
    if (finding === null) continue
    const { pruned } = await reader.status(stream)
    if ((pruned?.n ?? 0n) >= from) return true
  }
  return false
}

async function verifyOnce(parts: VerifyParts): Promise<AuditReport> {
  let read = 0
  const onEntries = (count: number): void => parts.onProgress?.((read += count))
  const streams = new Map<AuditStream, StreamCheck>()
  for (const stream of AUDIT_STREAMS) {
    const status = await parts.reader.status(stream)
    streams.set(stream, startOf(stream, status, parts, onEntries))
  }
  const ignored: IgnoredRecords = { unauthentic: 0, unknownKeys: new Set() }
  for await (const head of signedHeads(parts.log, parts.keys, ignored)) {
    const check = streams.get(head.stream)
    if (check && !check.finding) await compare(check, head)
  }
  const reports: StreamReport[] = []
  for (const check of streams.values()) reports.push(await finish(check, parts))
  const { unauthentic, unknownKeys } = ignored
  return { streams: reports, unauthentic, unknownKeys: [...unknownKeys] }
}

interface StreamCheck {
  readonly walk: ChainWalk
  readonly status: StoredStatus
  readonly from: bigint
  head: AuditHead | null
  finding: ChainFinding | undefined
}

function startOf(
  stream: AuditStream,
  status: StoredStatus,
  { reader, keys, clock }: VerifyParts,
  onEntries: (count: number) => void,
): StreamCheck {
  const walk = new ChainWalk(stream, status, reader, onEntries)
  const from = (status.pruned?.n ?? 0n) + 1n
  const start = prunedHead(stream, status, keys)
  const isEarly = start && start.atMs > clock.nowMs() - AUDIT_KEPT_MS[stream]
  const isCut = status.pruned !== null && (start === undefined || isEarly)
  const finding: ChainFinding | undefined = isCut
    ? { what: 'pruned', n: from, to: from }
    : undefined
  return { walk, status, from, head: start ?? null, finding }
}

/** The signed head at which the pruned chain begins. */
function prunedHead(
  stream: AuditStream,
  { pruned }: StoredStatus,
  keys: readonly VerifyKey[],
): AuditHead | undefined {
  const read = pruned ? readAuditHead(pruned.record, keys) : undefined
  if (read?.kind !== 'head') return undefined
  const { head } = read
  const isIt = head.stream === stream && head.n === pruned?.n && head.hash === pruned.hash
  return isIt ? head : undefined
}

/** A head repeats an earlier one if it is published twice, or if the chain was restored. */
async function compare(check: StreamCheck, head: AuditHead): Promise<void> {
  const { walk, head: before } = check
  if (head.n < check.from) return
  if (head.n < walk.at.n) return compareAgain(check, head)
  check.finding = await walk.to(head.n)
  if (check.finding) return
  if (walk.at.hash === head.hash) check.head = head
  else check.finding = { what: 'rewritten', n: (before?.n ?? check.from - 1n) + 1n, to: head.n }
}

async function compareAgain(check: StreamCheck, head: AuditHead): Promise<void> {
  if (head.n === check.head?.n && head.hash === check.head.hash) return
  // Walked over already: its stored hash was found to be right.
  const hash = await check.walk.hashAt(head.n)
  if (hash !== head.hash) check.finding = { what: 'rewritten', n: check.from, to: head.n }
}

async function finish(check: StreamCheck, { clock }: VerifyParts): Promise<StreamReport> {
  const { walk, status, from } = check
  const lastHead = check.head?.n ?? from - 1n
  const finding = check.finding ?? (await walk.to()) ?? (await shortOf(check))
  const lateMs = clock.nowMs() - AUDIT_LATE_MS
  const oldest = status.pending.oldestAtMs
  const { stream } = walk
  return {
    stream,
    from,
    to: walk.at.n,
    head: check.head,
    finding: finding ?? null,
    pending: status.pending.count,
    isLate:
      (oldest !== null && oldest < lateMs) ||
      (finding === undefined && (await walk.isOlderAt(lastHead + 1n, lateMs))),
  }
}

/** The chain stores its own length: an attacker who cuts off its end might forget that. */
async function shortOf({ walk, status }: StreamCheck): Promise<ChainFinding | undefined> {
  const { n, hash } = walk.at
  if (n < status.n) return { what: 'missing', n: n + 1n, to: status.n }
  if (n === status.n && hash !== status.hash) return { what: 'rewritten', n, to: n }
  return undefined
}

const READ_MAX = 1_000

/** The other records of the topic. */
export interface IgnoredRecords {
  /** Records that are no heads, or are signed wrongly. */
  unauthentic: number
  /** Heads of keys that were not given, by key. */
  readonly unknownKeys: Set<string>
}

/** The number of kept names of unknown keys: a writer of the topic can invent any number. */
const UNKNOWN_KEYS_MAX = 10

/**
 * The signed heads that the topic holds, oldest first, up to its end as it is found. A record without a
 * signature of a given key is counted in `ignored` and skipped.
 *
 * @throws `broker.*`
 */
async function* signedHeads(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  keys: readonly VerifyKey[],
  ignored: IgnoredRecords,
): AsyncGenerator<AuditHead> {
  for await (const record of recordsOf(reader)) {
    const read = readAuditHead(record, keys)
    if (read.kind === 'head') yield read.head
    else if (read.kind === 'unauthentic') ignored.unauthentic++
    else if (ignored.unknownKeys.size < UNKNOWN_KEYS_MAX) ignored.unknownKeys.add(read.kid)
  }
}

async function* recordsOf(reader: Pick<LogReader, 'bounds' | 'read'>): AsyncGenerator<LogRecord> {
  const [bounds] = await reader.bounds(AUDIT_TOPIC)
  const { partition, earliest, end } = bounds ?? { partition: 0, earliest: 0n, end: 0n }
  let next = earliest
  while (next < end) {
    const records = await reader.read(AUDIT_TOPIC, partition, next, READ_MAX)
    yield* records
    const last = records.at(-1)
    if (last === undefined) return
    next = last.offset + 1n
  }
}
