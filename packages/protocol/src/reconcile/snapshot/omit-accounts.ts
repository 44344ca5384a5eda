import { omitAccount } from '../../changes/account-state.ts'
import { takingOf } from '../../changes/statements.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import type { HeldAccount, HeldClaim } from '../batch/batch-state.ts'
import { accountAsClaim, isOlder } from './count-claims.ts'
import { heldAccount, heldFeed, policyOf, putAccount, putFeed, type Draft } from '../draft.ts'
import { causeOf, revocationOrigin } from '../origin.ts'
import { revokeAccount } from '../revoke-account.ts'
import type { SnapshotRemoval } from './remove-omitted-claims.ts'

/**
 * Puts the accounts that a snapshot of accounts omits into doubt, at the place of its end, and revokes their
 * tokens. Returns whether an enabled account was among them.
 */
export function omitAccounts(
  draft: Draft,
  removal: SnapshotRemoval,
  omitted: readonly HeldClaim[],
): boolean {
  const { source, taking } = removal
  let lost = false
  for (const subject of inOrder(omitted)) {
    const held = heldAccount(draft, subject)
    if (held === undefined || !isOlder(accountAsClaim(held), source, taking)) continue
    putAccount(draft, {
      subject,
      state: omitAccount(held.state, { source, version: taking.floor }),
    })
    if (held.state.state !== 'enabled') continue
    lost = true
    revokeOmitted(draft, removal, held)
  }
  return lost
}

/** Before an event of an account is merged: omits it if the walk has not come to it yet. */
export function omitTouched(draft: Draft, subject: Subject): void {
  const { tenant } = subject
  const source = policyOf(draft).registry.account
  const feed = heldFeed(draft, tenant, source)
  const taking = takingOf(feed.statements)
  const held = heldAccount(draft, subject)
  if (taking === null || held === undefined) return
  if (!omitAccounts(draft, { tenant, source, taking }, [accountAsClaim(held)]) || taking.lost)
    return
  const { statements } = feed
  putFeed(draft, { ...feed, statements: { ...statements, ending: { ...taking, lost: true } } })
}

/** Tokens of an older incarnation are stale already, and its places mean nothing in a newer one. */
function revokeOmitted(
  draft: Draft,
  { tenant, source, taking: { end: at } }: SnapshotRemoval,
  { subject }: HeldAccount,
): void {
  if (at.e !== draft.state.e) return
  const change = { id: at.id, tenant, source, occurredAtMs: at.occurredAtMs }
  const origin = revocationOrigin(draft, { at, change }, `${subject.iss}#${subject.sub}`)
  const { traceparent } = at
  const op = 'sessions-revoked'
  revokeAccount(draft, { at, subject, op, origin, cause: causeOf(change), traceparent })
}

/** In the order of the subjects' keys, so that a replay publishes in the same order. */
function inOrder(omitted: readonly HeldClaim[]): readonly Subject[] {
  return omitted
    .map(({ subject }) => subject)
    .sort((a, b) => (subjectKey(a) < subjectKey(b) ? -1 : 1))
}
