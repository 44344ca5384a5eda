import { claimsBehind } from '../../claims/claim-map.ts'
import { OWN_SOURCE, type CutOff, type Deny, type ValueWithdrawn } from '../../changes/change.ts'
import { valueKey } from '../../claims/claim-state.ts'
import { endsLater, type KnownEnd } from '../../scope/recorded-denial.ts'
import { denialKey, type Scope } from '../../scope/scope.ts'
import { laterVersion } from '../../position/source-version.ts'
import { statedBy } from '../../claims/stated-claims.ts'
import type { TokenMark } from '../batch/batch-decision.ts'
import type { StaleReason } from '../../judge/verdict.ts'
import { valueScopeKey } from '../batch/batch-state.ts'
import { lostValue } from '../changed-values.ts'
import { changeTimeMs, carriedTime } from '../change-time.ts'
import { policyOf, positionOf, publish, raiseWatermark, type Draft } from '../draft.ts'
import {
  causeOf,
  logAccepted,
  publicationOrigin,
  revocationOrigin,
  type Accepted,
} from '../origin.ts'

/** Why the tokens of a wide change are stale. */
const REASONS = {
  value: 'value-withdrawn',
  tenant: 'tenant-cut-off',
  client: 'client-cut-off',
  key: 'key-denied',
  issuer: 'issuer-denied',
  session: 'session-denied',
  token: 'token-denied',
} as const satisfies Readonly<Record<Exclude<TokenMark['kind'], 'subject'>, StaleReason>>

/**
 * Removes a value from all its holders: one tombstone in the source's own state, one watermark, one
 * revocation.
 */
export function decideWithdrawal(draft: Draft, accepted: Accepted<ValueWithdrawn>): void {
  const { tenant, source, claim, value, sourceVersion, occurredAtMs } = accepted.change
  const stated = statedBy(policyOf(draft).registry, claim, source)?.name ?? claim
  const own = valueScopeKey(tenant, stated, value)
  const before = draft.withdrawn.get(own)
  draft.withdrawn.set(own, {
    tenant,
    claim: stated,
    value: valueKey(value),
    version: before ? laterVersion(before.version, sourceVersion) : sourceVersion,
    atMs: occurredAtMs,
  })
  const { offset } = positionOf(draft, accepted.at)
  const origin = revocationOrigin(draft, accepted)
  const time = carriedTime(draft, changeTimeMs(accepted.at, occurredAtMs))
  const revocation = { ...origin, scope: 'value', claim, value, offset, ...time } as const
  const publication = publish(draft, revocation, publicationOrigin(accepted))
  raiseWide(draft, accepted, { kind: 'value', tenant, claim, value }, publication)
  // Tokens that show a descriptive value go on.
  if (claimsBehind(policyOf(draft).map, claim).length > 0) {
    const target = valueScopeKey(tenant, claim, value)
    markWide(draft, accepted, { kind: 'value', target, position: offset })
  }
  const changed = lostValue(value)
  logAccepted(draft, accepted, { outcome: 'applied', tightened: true, changed })
}

/** Makes everything of a tenant or client that was minted before stale. */
export function decideCutOff(draft: Draft, accepted: Accepted<CutOff>): void {
  const { scope, target } = accepted.change
  cutOff(draft, accepted, scope, target)
  logAccepted(draft, accepted, { outcome: 'applied', tightened: true })
}

/** Makes everything of a tenant, or of a client in it, that was minted before this change stale. */
export function cutOff(
  draft: Draft,
  accepted: Accepted,
  kind: CutOff['scope'],
  target: string,
): void {
  const { tenant } = accepted.change
  const { offset } = positionOf(draft, accepted.at)
  const time = carriedTime(draft, changeTimeMs(accepted.at, accepted.change.occurredAtMs))
  const origin = revocationOrigin(draft, accepted)
  const revocation = { ...origin, scope: kind, target, offset, ...time } as const
  const publication = publish(draft, revocation, publicationOrigin(accepted))
  const scope: Scope = kind === 'tenant' ? { kind, tenant } : { kind, tenant, client: target }
  raiseWide(draft, accepted, scope, publication)
  markWide(draft, accepted, { kind, target, position: offset })
}

/** Refuses a key, issuer, session or token from now on, without a position (rule 23). */
export function decideDenial(draft: Draft, accepted: Accepted<Deny>): void {
  const { scope: kind, target, tenant, occurredAtMs } = accepted.change
  const origin = revocationOrigin(draft, accepted)
  const end = endOf(accepted)
  const revocation = { ...origin, scope: 'denial', denial: kind, target, ...end } as const
  const publication = publish(draft, revocation, publicationOrigin(accepted))
  const key = denialKey({ tenant, kind, id: target })
  const before = draft.denials.get(key)
  if (before === undefined || endsLater(before, end)) {
    const cause = causeOf(accepted.change)
    draft.denials.set(key, { ...cause, kind, target, atMs: occurredAtMs, ...end, publication })
  }
  markWide(draft, accepted, { kind, target, position: null })
  logAccepted(draft, accepted, { outcome: 'applied', tightened: true })
}

/** The end of a denial is believed of the product's own source alone, and of tokens alone. */
function endOf({ change }: Accepted<Deny>): KnownEnd {
  const { source, scope, expMs } = change
  return source === OWN_SOURCE && scope === 'token' && expMs !== undefined ? { expMs } : {}
}

function raiseWide(
  draft: Draft,
  { at, change }: Accepted,
  scope: Scope,
  publication: number,
): void {
  const cause = causeOf(change)
  const position = positionOf(draft, at)
  const timeMs = changeTimeMs(at, change.occurredAtMs)
  raiseWatermark(draft, { ...cause, scope, position, timeMs, publication })
}

function markWide(
  draft: Draft,
  { change }: Accepted,
  mark: Pick<TokenMark, 'target' | 'position'> & { readonly kind: keyof typeof REASONS },
): void {
  const reason = REASONS[mark.kind]
  draft.marks.push({ ...causeOf(change), ...mark, claim: null, e: draft.state.e, reason })
}
