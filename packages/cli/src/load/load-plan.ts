import { createHash } from 'node:crypto'
import type {
  Change,
  ChangeOrigin,
  SnapshotMarker,
  SourceVersion,
  StatedKind,
} from '@freshet/protocol'
import type { LoadRow, WideRow } from './load-row.ts'

/**
 * Everything that the events of a load are made of beside the lines of its file. The same plan and
 * the same file make the same events, so that whatever is sent again is recognised.
 */
export interface LoadPlan {
  readonly source: string
  readonly tenant: string
  /** Identity provider of subjects whose line names none. */
  readonly iss: string
  /** SHA-256 of the file, base64url. */
  readonly fileHash: string
  /** The version of everything that the file states: later changes of the source are newer. */
  readonly version: SourceVersion
  /** The kinds of state that the file contains beside claims. Absent: claims alone. */
  readonly states?: readonly StatedKind[]
  /** The time at which the source wrote the file. */
  readonly occurredAtMs: number
  /** The number of the first event, if the source numbers its events. */
  readonly firstSequence?: bigint
  /** Sequences that never came, to be used before it; ascending. */
  readonly gaps?: readonly bigint[]
}

/** Which event of a load: its line, and its number among all events from 0 on. */
export interface EventPlace {
  readonly line: number
  readonly number: bigint
}

const names = new WeakMap<LoadPlan, string>()

/** The name of a load's events; a load of other content, or a new one, has other names. */
export function loadName(plan: LoadPlan): string {
  const name = names.get(plan) ?? makeName(plan)
  names.set(plan, name)
  return name
}

function makeName(plan: LoadPlan): string {
  const { source, tenant, iss, fileHash, version, states = [] } = plan
  const { firstSequence, gaps = [] } = plan
  const numbers = [version.epoch, version.n, firstSequence ?? '', ...gaps]
  const parts = [source, tenant, iss, fileHash, ...numbers, ...states]
  const digest = createHash('sha256').update(JSON.stringify(parts.map(String)))
  return `load-${digest.digest('base64url').slice(0, 22)}`
}

/** Which border of a full statement; `confirmed`: its end, however much that takes away. */
export type MarkerKind = SnapshotMarker['kind'] | 'confirmed'

/** The id of a border. */
export function markerId(plan: LoadPlan, kind: MarkerKind): string {
  return `${loadName(plan)}-${kind === 'confirmed' ? 'snapshot-end-confirmed' : kind}`
}

/** The border of the full statement; the end has the number behind all lines. */
export function markerChange(plan: LoadPlan, kind: MarkerKind, number: bigint): SnapshotMarker {
  const origin = originOf(plan, markerId(plan, kind), number)
  const { states } = plan
  if (kind === 'snapshot-begin') return { ...origin, kind, ...(states && { states }) }
  return { ...origin, kind: 'snapshot-end', ...(kind === 'confirmed' && { confirmed: true }) }
}

/** The change of one line. */
export function lineChange(plan: LoadPlan, row: LoadRow, at: EventPlace): Change {
  const origin = originOf(plan, `${loadName(plan)}-${at.line}`, at.number)
  if ('op' in row) return wideChange(origin, row)
  const { tenant, iss } = plan
  const subject = { tenant, iss: row.iss ?? iss, sub: row.subject }
  if ('account' in row) return { ...origin, kind: 'account', op: row.account, subject }
  const values = typeof row.value === 'object' ? row.value : [row.value]
  return { ...origin, kind: 'claim', op: 'set', subject, claim: row.claim, values }
}

function wideChange(origin: ChangeOrigin, row: WideRow): Change {
  const { target } = row
  if (row.op === 'deny') return { ...origin, kind: row.op, scope: row.scope, target }
  return { ...origin, kind: row.op, scope: row.scope, target }
}

function originOf(plan: LoadPlan, id: string, number: bigint): ChangeOrigin {
  const { source, tenant, version, occurredAtMs } = plan
  const sequence = sequenceOf(plan, number)
  return {
    tenant,
    source,
    id,
    occurredAtMs,
    sourceVersion: version,
    ...(sequence === undefined ? {} : { sequence }),
  }
}

function sequenceOf({ firstSequence, gaps = [] }: LoadPlan, number: bigint): bigint | undefined {
  if (firstSequence === undefined) return undefined
  return gaps[Number(number)] ?? firstSequence + number - BigInt(gaps.length)
}
