import type { Close, Open } from '../../changes/change.ts'
import { openAt, GRANTS_MAX, type HeldGrant } from '../../changes/break-glass-grant.ts'
import type { Draft } from '../draft.ts'
import { logAccepted, type Accepted } from '../origin.ts'
import { forbidden, type ChangeRefusal } from '../refusal.ts'

/**
 * Opens a route for a claim. Heartbeats carry the grant from here on, so no record is published. Its end
 * follows from its own time, which a replay finds in the record.
 */
export function decideGrant(draft: Draft, accepted: Accepted<Open>): ChangeRefusal | undefined {
  const { change } = accepted
  const open = grantsAt(draft, change.occurredAtMs)
  if (open.length >= GRANTS_MAX)
    return forbidden(`at most ${GRANTS_MAX} break-glass grants at a time`)
  const { id, tenant, audience, route, claim, untilMs, by, reason, occurredAtMs: fromMs } = change
  draft.grants = [...open, { id, tenant, audience, route, claim, untilMs, fromMs, by, reason }]
  logAccepted(draft, accepted, { outcome: 'applied', tightened: false })
  return undefined
}

/** Ends a grant of the same tenant before its time. */
export function decideClosing(draft: Draft, accepted: Accepted<Close>): void {
  const { tenant, opening, occurredAtMs } = accepted.change
  const open = grantsAt(draft, occurredAtMs)
  const left = open.filter((each) => each.id !== opening || each.tenant !== tenant)
  draft.grants = left
  const outcome = left.length < open.length ? 'applied' : 'noop'
  logAccepted(draft, accepted, { outcome, tightened: false })
}

/** The grants in force at the time of a record; expired ones are removed on the way. */
function grantsAt(draft: Draft, atMs: number): readonly HeldGrant[] {
  return openAt(draft.grants ?? draft.state.grants ?? [], atMs)
}
