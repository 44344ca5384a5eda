import {
  EVERY_TENANT,
  type BatchDecision,
  type ChangeLogEntry,
  type QuarantineEntry,
} from '@freshet/protocol'
import { formatRfc3339, type AuditEntry } from '@freshet/wire'

/** Changes that remove rights of many subjects at once. */
const WIDE: ReadonlySet<string> = new Set(['cut-off', 'deny', 'value-withdrawn'])

/** The events of a batch, with place and time. */
interface Batch {
  readonly partition: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/**
 * Returns the audit entries of a batch: cut-offs, denials, grants and settled doubts that took effect, and
 * the activation of a policy version. They also record changes that authentic sources were not allowed to
 * send. An entry refers to the change, and names neither its subject nor a value.
 */
export function batchEntries(batch: Batch): readonly AuditEntry[] {
  const { log, quarantine } = batch.decision
  return [
    ...log.filter(isWide).map((change) => appliedEntry(batch, change)),
    ...log.filter(isOpening).map((change) => grantEntry(batch, change)),
    ...log.filter(isClearing).map((change) => clearedEntry(batch, change)),
    ...activatedEntry(batch),
    ...quarantine.flatMap((entry) => refusedEntry(batch, entry)),
  ]
}

function isWide({ kind, outcome }: ChangeLogEntry): boolean {
  return WIDE.has(kind) && outcome === 'applied'
}

function appliedEntry({ partition, appliedAtMs: atMs }: Batch, change: ChangeLogEntry): AuditEntry {
  const { tenant, id: ref, source: by, kind, op, claim, offset } = change
  const detail = { change: kind, op, claim, partition, offset: String(offset) }
  return { kind: 'cut-off-applied', atMs, tenant, ref, by, detail }
}

function isOpening({ kind, outcome }: ChangeLogEntry): boolean {
  return (kind === 'open' || kind === 'close') && outcome === 'applied'
}

/** The entry of the earlier order has the admin and the reason; the detail has the end. */
function grantEntry(
  { partition, appliedAtMs: atMs, decision }: Batch,
  { tenant, id: ref, source: by, kind: op, claim, offset }: ChangeLogEntry,
): AuditEntry {
  const opened = decision.openings?.find((each) => each.id === ref && each.tenant === tenant)
  const ends = opened === undefined ? {} : { until: formatRfc3339(opened.untilMs) }
  const detail = { op, claim, partition, offset: String(offset), ...ends }
  return { kind: 'opening-applied', atMs, tenant, ref, by, detail }
}

function isClearing({ kind, outcome }: ChangeLogEntry): boolean {
  return kind === 'clear-doubt' && outcome === 'applied'
}

/** The entry of the order has the operator, the reason and the record. */
function clearedEntry(
  { partition, appliedAtMs: atMs }: Batch,
  { tenant, id: ref, source: by, claim, offset }: ChangeLogEntry,
): AuditEntry {
  const detail = { claim, partition, offset: String(offset) }
  return { kind: 'doubt-cleared', atMs, tenant, ref, by, detail }
}

function activatedEntry({ partition, appliedAtMs, decision }: Batch): readonly AuditEntry[] {
  if (decision.activated === null) return []
  const { pv, hash } = decision.activated
  const detail = { partition, hash, minimum: decision.policy.minimum }
  const about = { tenant: EVERY_TENANT, ref: String(pv), by: 'reconciler' }
  return [{ kind: 'policy-activated', atMs: appliedAtMs, ...about, detail }]
}

function refusedEntry(
  { partition, appliedAtMs: atMs }: Batch,
  { cause, code, rule, offset }: QuarantineEntry,
): readonly AuditEntry[] {
  if (cause === null || code !== 'event.forbidden') return []
  const { tenant, change: ref, source: by } = cause
  const detail = { rule, partition, offset: String(offset) }
  return [{ kind: 'change-refused', atMs, tenant, ref, by, detail }]
}
