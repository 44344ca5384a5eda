import { isOfProbes, measuredClass } from '@freshet/protocol/slo'
import type { ChangedValues, ChangeLogEntry } from '@freshet/protocol'
import { formatRfc3339 } from '@freshet/wire'
import type { ChangeJson, SubjectJson } from '../answers/change.ts'

/** A change as the reconciler logged it. Measurements compare its times and places. */
export interface LoggedChange extends Omit<ChangeLogEntry, 'contentHash' | 'changed'> {
  readonly e: bigint
  readonly partition: number
  /** The values that it changed. `null`: none, or an earlier version recorded it. Absent: not read. */
  readonly changed?: ChangedValues | null
  /** Outstanding tokens that it has made stale so far. */
  readonly tokensMarked: number
  /** Marking goes on: it can make more tokens stale. Absent: not read. */
  readonly isMarking?: boolean
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly publishedAtMs: number | null
  readonly revocationOffset: bigint | null
}

/** The change as the API answers it to operators. */
export function changeJson(change: LoggedChange): ChangeJson & Pick<Required<ChangeJson>, Always> {
  const { tenant, source, id, kind, op, claim, outcome, tightened, tokensMarked } = change
  const { e, partition, offset, revocationOffset, traceparent, changed = null } = change
  return {
    id,
    tenant,
    source,
    kind,
    op,
    claim,
    subject: change.subject === null ? null : subjectJson(change.subject),
    class: measuredClass(change),
    outcome,
    isProbe: isProbeChange(change),
    tightened,
    changed,
    tokensMarked,
    marking: change.isMarking === true ? 'pending' : 'done',
    position: { e: String(e), partition, offset: String(offset) },
    revocation: revocationOffset === null ? null : { partition, offset: String(revocationOffset) },
    occurredAt: formatRfc3339(change.occurredAtMs),
    recordedAt: formatRfc3339(change.appliedAtMs),
    traceparent,
  }
}

/** The members that only earlier versions leave out. */
type Always = 'changed' | 'marking' | 'revocation'

/** A subject by its key, as an identifier of RFC 9493. */
export function subjectJson(key: string): SubjectJson {
  const [, iss, sub] = JSON.parse(key) as [string, string, string]
  return { format: 'iss_sub', iss, sub }
}

/** Returns whether a change belongs to probes: by its tenant, or by the name of its subject. */
export function isProbeChange({
  tenant,
  subject,
}: Pick<LoggedChange, 'tenant' | 'subject'>): boolean {
  const [, , sub = ''] = subject === null ? [] : (JSON.parse(subject) as string[])
  return isOfProbes({ tenant, sub })
}
