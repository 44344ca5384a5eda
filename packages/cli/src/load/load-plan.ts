import { createHash } from 'node:crypto'
import type { ChangeOrigin, ClaimChange, SnapshotBorder, SourceVersion } from '@freshet/domain'
import type { LoadRow } from './load-row.ts'

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
  /** The version of everything that the file states: what the source said later is newer. */
  readonly version: SourceVersion
  /** When the source wrote the file. */
  readonly occurredAtMs: number
  /** Where the source numbers its events: the number of the first one. */
  readonly firstSequence?: bigint
}

/** Which event of a load: its line, and its number among all events from 0 on. */
export interface EventPlace {
  readonly line: number
  readonly number: bigint
}

/** What the events of a load are called; a load of other content, or anew, has other names. */
export function loadName(plan: LoadPlan): string {
  const { source, tenant, iss, fileHash, version, firstSequence } = plan
  const parts = [source, tenant, iss, fileHash, version.epoch, version.n, firstSequence ?? '']
  const digest = createHash('sha256').update(JSON.stringify(parts.map(String)))
  return `load-${digest.digest('base64url').slice(0, 22)}`
}

/** The border of the full statement; the end has the number behind all lines. */
export function borderChange(
  plan: LoadPlan,
  kind: SnapshotBorder['kind'],
  number: bigint,
): SnapshotBorder {
  return { ...originOf(plan, kind, number), kind }
}

/** What one line states. */
export function setChange(plan: LoadPlan, row: LoadRow, at: EventPlace): ClaimChange {
  const { tenant, iss } = plan
  return {
    ...originOf(plan, String(at.line), at.number),
    kind: 'claim',
    op: 'set',
    subject: { tenant, iss: row.iss ?? iss, sub: row.subject },
    claim: row.claim,
    values: typeof row.value === 'object' ? row.value : [row.value],
  }
}

function originOf(plan: LoadPlan, part: string, number: bigint): ChangeOrigin {
  const { source, tenant, version, occurredAtMs, firstSequence } = plan
  return {
    tenant,
    source,
    id: `${loadName(plan)}-${part}`,
    occurredAtMs,
    sourceVersion: version,
    ...(firstSequence === undefined ? {} : { sequence: firstSequence + number }),
  }
}
