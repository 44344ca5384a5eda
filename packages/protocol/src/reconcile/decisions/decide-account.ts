import { mergeAccount, raisesAccount, UNTOUCHED_ACCOUNT } from '../../changes/account-state.ts'
import type { AccountChange } from '../../changes/change.ts'
import { compareVersions } from '../../position/source-version.ts'
import { statedClaims } from '../../claims/stated-claims.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import type { Arrived } from '../batch/arrival.ts'
import type { Cause } from '../batch/batch-decision.ts'
import { changeTimeMs, toldTime } from '../change-time.ts'
import { noteDoubt, policyOf, positionOf, publish, raiseWatermark, type Draft } from '../draft.ts'
import { logAccepted, publicationOrigin, revocationOrigin, type Accepted } from '../origin.ts'

/**
 * Merges an account event. The watermark rises for late events, too: a token might be minted between the time
 * of the event and its arrival (rule 33).
 */
export function decideAccount(draft: Draft, accepted: Accepted<AccountChange>): void {
  const { change } = accepted
  const raises = raisesAccount(change.op)
  const merged = mergeInto(draft, change)
  if (change.op === 'deleted') doubtOthers(draft, accepted)
  if (raises) revokeAccount(draft, accepted)
  const outcome = raises || merged.changed ? 'applied' : merged.late ? 'late' : 'noop'
  logAccepted(draft, accepted, { outcome, tightened: raises })
}

function mergeInto(draft: Draft, change: AccountChange): { changed: boolean; late: boolean } {
  const key = subjectKey(change.subject)
  const held = draft.accounts.get(key) ?? draft.state.accounts.get(key)
  const before = held?.state ?? UNTOUCHED_ACCOUNT
  const state = mergeAccount(before, change.op, change.sourceVersion)
  draft.accounts.set(key, { subject: change.subject, state })
  const late = compareVersions(change.sourceVersion, before.version) < 0
  return { changed: state.state !== before.state, late }
}

/**
 * A deletion is a floor for the account source's own claims. Claims that other sources sent for the subject
 * are in doubt until these sources send them again after the deletion: a subject that is created again starts
 * empty.
 */
function doubtOthers(draft: Draft, { at, change }: Accepted<AccountChange>): void {
  const { registry } = policyOf(draft)
  const others = statedClaims(registry).filter(({ source }) => source !== registry.account)
  doubtClaims(draft, at, change.subject, others)
}

/** Raises doubt of this record over claims of a subject. */
export function doubtClaims(
  draft: Draft,
  at: Arrived,
  subject: Subject,
  claims: readonly { readonly name: string }[],
): void {
  const { e, partition } = draft.state
  const ref = { e, partition, offset: at.offset }
  for (const { name } of claims) {
    noteDoubt(draft, { subject, claim: name, ref, raised: true, settled: false })
  }
}

function revokeAccount(draft: Draft, accepted: Accepted<AccountChange>): void {
  const { at, change } = accepted
  const { subject, op } = change
  const { offset } = positionOf(draft, at)
  const timeMs = changeTimeMs(at, change.occurredAtMs)
  const revocation = {
    ...revocationOrigin(draft, accepted),
    scope: 'account',
    subject,
    op,
    offset,
    ...toldTime(draft, timeMs),
  } as const
  const origin = publicationOrigin(accepted)
  const publication = publish(draft, revocation, origin)
  raiseAccount(draft, { at, subject, cause: origin.cause, timeMs, publication })
}

/** An event that raises the account watermark of a subject. */
export interface AccountRaise {
  readonly at: Arrived
  readonly subject: Subject
  readonly cause: Cause
  readonly timeMs: number
  readonly publication: number
}

/** Raises the account watermark of a subject and marks all its tokens. */
export function raiseAccount(draft: Draft, raise: AccountRaise): void {
  const { at, subject, cause, timeMs, publication } = raise
  const position = positionOf(draft, at)
  const scope = { kind: 'account', subject } as const
  raiseWatermark(draft, { ...cause, scope, position, timeMs, publication })
  const key = subjectKey(subject)
  const { e, offset } = position
  const mark = { kind: 'subject', target: key, claim: null, reason: 'account' } as const
  draft.marks.push({ ...cause, ...mark, e, position: offset })
}
