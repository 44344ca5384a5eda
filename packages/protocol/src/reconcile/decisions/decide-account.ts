import {
  mergeAccount,
  raisesAccount,
  restatesAccount,
  UNTOUCHED_ACCOUNT,
} from '../../changes/account-state.ts'
import type { AccountChange } from '../../changes/change.ts'
import { compareVersions } from '../../position/source-version.ts'
import { statedClaims } from '../../claims/stated-claims.ts'
import type { Subject } from '../../scope/subject.ts'
import type { Arrived } from '../batch/arrival.ts'
import { heldAccount, noteDoubt, policyOf, putAccount, type Draft } from '../draft.ts'
import { omitTouched } from '../snapshot/omit-accounts.ts'
import { logAccepted, publicationOrigin, revocationOrigin, type Accepted } from '../origin.ts'
import { revokeAccount } from '../revoke-account.ts'

/**
 * Merges an account event. The watermark rises for late events, too: a token might be minted between the time
 * of the event and its arrival (rule 33).
 */
export function decideAccount(draft: Draft, accepted: Accepted<AccountChange>): void {
  const { change } = accepted
  const raises = raisesAccount(change.op)
  omitTouched(draft, change.subject)
  const merged = mergeInto(draft, change)
  // A snapshot repeats each deletion, and nothing was sent of who stayed deleted.
  if (change.op === 'deleted' && !merged.restated) doubtOthers(draft, accepted)
  if (raises) {
    const { subject, op } = change
    const origin = revocationOrigin(draft, accepted)
    revokeAccount(draft, { at: accepted.at, subject, op, origin, ...publicationOrigin(accepted) })
  }
  const outcome = raises || merged.changed ? 'applied' : merged.late ? 'late' : 'noop'
  logAccepted(draft, accepted, { outcome, tightened: raises })
}

interface MergedAccount {
  readonly changed: boolean
  readonly late: boolean
  readonly restated: boolean
}

function mergeInto(draft: Draft, change: AccountChange): MergedAccount {
  const { subject, op, source, sourceVersion: version } = change
  const before = heldAccount(draft, subject)?.state ?? UNTOUCHED_ACCOUNT
  const state = mergeAccount(before, { op, source, version })
  putAccount(draft, { subject, state })
  return {
    changed: state.state !== before.state || state.source !== before.source,
    late: before.source === source && compareVersions(version, before.version) < 0,
    restated: restatesAccount(before, change),
  }
}

/**
 * A deletion is a floor for the account source's own claims. Claims that other sources sent for the subject
 * are in doubt until a `set` of each names the deletion: a subject that is created again starts empty.
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
