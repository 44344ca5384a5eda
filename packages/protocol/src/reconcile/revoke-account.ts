import type { AccountOp } from '../changes/change.ts'
import type { RevocationOrigin } from '../changes/revocation.ts'
import { subjectKey, type Subject } from '../scope/subject.ts'
import type { RecordPlace } from './batch/arrival.ts'
import type { Cause } from './batch/batch-decision.ts'
import { changeTimeMs, carriedTime } from './change-time.ts'
import { positionOf, publish, raiseWatermark, type Draft } from './draft.ts'

/** The loss of an account by one change. */
export interface AccountRevoked {
  readonly at: RecordPlace
  readonly subject: Subject
  readonly op: AccountOp
  readonly origin: RevocationOrigin
  readonly cause: Cause
  readonly traceparent: string | null
}

/** Raises the account watermark of a subject, publishes the revocation, and marks all tokens of the subject. */
export function revokeAccount(draft: Draft, revoked: AccountRevoked): void {
  const { at, subject, op, origin, cause } = revoked
  const position = positionOf(draft, at)
  const { e, offset } = position
  const timeMs = changeTimeMs(at, origin.occurredAtMs)
  const time = carriedTime(draft, timeMs)
  const revocation = { ...origin, scope: 'account', subject, op, offset, ...time } as const
  const publication = publish(draft, revocation, revoked)
  const scope = { kind: 'account', subject } as const
  raiseWatermark(draft, { ...cause, scope, position, timeMs, publication })
  const mark = { kind: 'subject', claim: null, reason: 'account' } as const
  draft.marks.push({ ...cause, ...mark, target: subjectKey(subject), e, position: offset })
}
