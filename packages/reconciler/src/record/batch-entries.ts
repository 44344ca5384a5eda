import {
  EVERY_TENANT,
  type BatchDecision,
  type ChangeLogEntry,
  type Publication,
  type QuarantineEntry,
} from '@freshet/protocol'
import {
  claimedSourceOf,
  encodeClaimMap,
  encodeRevocation,
  formatRfc3339,
  originalOf,
  quarantinedIdOf,
  quarantineRecord,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
  type AuditEntry,
  type LogRecord,
  type OutgoingRecord,
} from '@freshet/wire'
import type { OutboxEntry, QuarantinedEntry } from './recorder-store.ts'

/** Returns the decision's publications as records, by their index. */
export function publishedRecords(
  decision: BatchDecision,
  issuer: string,
): readonly OutgoingRecord[] {
  return decision.publications.map((publication) => publishedRecord(publication, issuer))
}

function publishedRecord(publication: Publication, issuer: string): OutgoingRecord {
  if (publication.kind === 'map') return encodeClaimMap(publication.map).record
  const { revocation, traceparent } = publication
  return encodeRevocation(revocation, { issuer, ...(traceparent === null ? {} : { traceparent }) })
}

/** Returns the outbox rows of a decision: revocations in order, then the records for quarantine. */
export function outboxEntries(
  decision: BatchDecision,
  published: readonly OutgoingRecord[],
  { partition, records }: { readonly partition: number; readonly records: readonly LogRecord[] },
): readonly OutboxEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const revocations = published.map((record, index) => {
    const publication = decision.publications[index]
    const cause = publication?.kind === 'revocation' ? publication.cause : null
    return { topic: REVOCATIONS_TOPIC, partition, record, cause }
  })
  const quarantined = decision.quarantine.flatMap((entry) => {
    const original = byOffset.get(entry.offset)
    return original === undefined ? [] : [quarantineEntry(original, entry)]
  })
  return [...revocations, ...quarantined]
}

/**
 * A record is quarantined in the partition in which it was found, so the topic has as many partitions as the
 * changes.
 */
function quarantineEntry(original: LogRecord, entry: QuarantineEntry): OutboxEntry {
  const { partition } = original
  return {
    topic: QUARANTINE_TOPIC,
    partition,
    record: quarantineRecord(original, entry),
    cause: null,
  }
}

/**
 * Returns one entry for each content that a batch quarantines; the newest of several arrivals gives the
 * reason. They are in the order of their names, the order in which several of them are locked.
 */
export function quarantinedEntries(
  quarantine: readonly QuarantineEntry[],
  records: readonly LogRecord[],
): readonly QuarantinedEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const entries = new Map<string, QuarantinedEntry>()
  for (const entry of quarantine) {
    const record = byOffset.get(entry.offset)
    if (record === undefined) continue
    const quarantined = quarantinedEntry(record, entry)
    const before = entries.get(quarantined.id)
    entries.set(quarantined.id, before ? joined(before, quarantined) : quarantined)
  }
  return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function quarantinedEntry(
  record: LogRecord,
  { code, rule, cause }: QuarantineEntry,
): QuarantinedEntry {
  const { topic, offset, appendedAtMs } = record
  return {
    id: quarantinedIdOf(record),
    topic,
    firstOffset: offset,
    lastOffset: offset,
    arrivals: 1,
    firstAtMs: appendedAtMs,
    lastAtMs: appendedAtMs,
    code,
    rule,
    cause,
    claimedSource: cause === null ? (claimedSourceOf(record) ?? null) : null,
    bytes: sizeOf(record),
  }
}

function joined(before: QuarantinedEntry, now: QuarantinedEntry): QuarantinedEntry {
  const { firstOffset, firstAtMs } = before
  return { ...now, firstOffset, firstAtMs, arrivals: before.arrivals + 1 }
}

function sizeOf(record: LogRecord): number {
  const { key, value, headers } = originalOf(record)
  const parts = Object.entries(headers).map(([name, bytes]) => name.length + bytes.length)
  return parts.reduce((sum, size) => sum + size, (key?.length ?? 0) + (value?.length ?? 0))
}

/** Changes that remove rights of many subjects at once. */
const WIDE: ReadonlySet<string> = new Set(['cut-off', 'deny', 'value-withdrawn'])

/** The events of a batch, with place and time. */
interface DecidedBatch {
  readonly partition: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/**
 * Returns the audit entries of a batch: cut-offs, denials, grants and settled doubts that took effect, and
 * the activation of a policy version. They also record changes that authentic sources were not allowed to
 * send. An entry refers to the change, and names neither its subject nor a value.
 */
export function batchEntries(batch: DecidedBatch): readonly AuditEntry[] {
  const { log, quarantine } = batch.decision
  return [
    ...log.filter(isWide).map((change) => appliedEntry(batch, change)),
    ...log.filter(isGrantEntry).map((change) => grantEntry(batch, change)),
    ...log.filter(isClearing).map((change) => clearedEntry(batch, change)),
    ...activatedEntry(batch),
    ...quarantine.flatMap((entry) => refusedEntry(batch, entry)),
  ]
}

function isWide({ kind, outcome }: ChangeLogEntry): boolean {
  return WIDE.has(kind) && outcome === 'applied'
}

function appliedEntry(
  { partition, appliedAtMs: atMs }: DecidedBatch,
  change: ChangeLogEntry,
): AuditEntry {
  const { tenant, id: ref, source: by, kind, op, claim, offset } = change
  const detail = { change: kind, op, claim, partition, offset: String(offset) }
  return { kind: 'cut-off-applied', atMs, tenant, ref, by, detail }
}

function isGrantEntry({ kind, outcome }: ChangeLogEntry): boolean {
  return (kind === 'open' || kind === 'close') && outcome === 'applied'
}

/** The entry of the earlier order has the admin and the reason; the detail has the end. */
function grantEntry(
  { partition, appliedAtMs: atMs, decision }: DecidedBatch,
  { tenant, id: ref, source: by, kind: op, claim, offset }: ChangeLogEntry,
): AuditEntry {
  const opened = decision.grants?.find((each) => each.id === ref && each.tenant === tenant)
  const ends = opened === undefined ? {} : { until: formatRfc3339(opened.untilMs) }
  const detail = { op, claim, partition, offset: String(offset), ...ends }
  return { kind: 'opening-applied', atMs, tenant, ref, by, detail }
}

function isClearing({ kind, outcome }: ChangeLogEntry): boolean {
  return kind === 'clear-doubt' && outcome === 'applied'
}

/** The entry of the order has the operator, the reason and the record. */
function clearedEntry(
  { partition, appliedAtMs: atMs }: DecidedBatch,
  { tenant, id: ref, source: by, claim, offset }: ChangeLogEntry,
): AuditEntry {
  const detail = { claim, partition, offset: String(offset) }
  return { kind: 'doubt-cleared', atMs, tenant, ref, by, detail }
}

function activatedEntry({ partition, appliedAtMs, decision }: DecidedBatch): readonly AuditEntry[] {
  if (decision.activated === null) return []
  const { pv, hash } = decision.activated
  const detail = { partition, hash, minimum: decision.policy.minimum }
  const about = { tenant: EVERY_TENANT, ref: String(pv), by: 'reconciler' }
  return [{ kind: 'policy-activated', atMs: appliedAtMs, ...about, detail }]
}

function refusedEntry(
  { partition, appliedAtMs: atMs }: DecidedBatch,
  { cause, code, rule, offset }: QuarantineEntry,
): readonly AuditEntry[] {
  if (cause === null || code !== 'event.forbidden') return []
  const { tenant, change: ref, source: by } = cause
  const detail = { rule, partition, offset: String(offset) }
  return [{ kind: 'change-refused', atMs, tenant, ref, by, detail }]
}
