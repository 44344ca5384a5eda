import type { ClaimMap } from '../claims/claim-map.ts'
import type { Knowledge } from './knowledge.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import type { DenialKind, Scope } from '../scope/scope.ts'
import type { JudgedToken } from './token.ts'
import type { StaleReason, Verdict } from './verdict.ts'

/** Why a token is stale that is below the watermark of a scope. */
export const STALE_BY_SCOPE: Readonly<Record<Scope['kind'], StaleReason>> = {
  subject: 'claim-changed',
  account: 'account',
  value: 'value-withdrawn',
  tenant: 'tenant-cut-off',
  client: 'client-cut-off',
}

/** The denial of a token's key, issuer, session or id, whatever its time of minting (rule 23). */
export function deniedVerdict(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  for (const [kind, id] of deniable(token)) {
    if (id === undefined) continue
    const denial = knowledge.denial({ tenant: token.tenant, kind, id })
    if (denial) return staleVerdict(`${kind}-denied`, denial.change)
  }
  return undefined
}

function deniable(token: JudgedToken): readonly (readonly [DenialKind, string | undefined])[] {
  return [
    ['key', token.kid],
    ['issuer', token.issuer],
    ['session', token.sid],
    ['token', token.jti],
  ]
}

/**
 * The first source of a claim whose lease is over, in the partition of a party, or in the control partition
 * with the account source and the cut-off sources (rules 14 and 15).
 */
export function silence(
  token: JudgedToken,
  speaking: readonly string[],
  map: ClaimMap,
  knowledge: Knowledge,
): Verdict | undefined {
  for (const { subject } of token.parties) {
    const silent = firstSilent(subject.tenant, speaking, partitionOf(subject), knowledge)
    if (silent) return silent
  }
  const watched = [...speaking, map.account, ...map.cutOffs]
  return firstSilent(token.tenant, watched, CONTROL_PARTITION, knowledge)
}

function firstSilent(
  tenant: string,
  sources: readonly string[],
  partition: number,
  knowledge: Knowledge,
): Verdict | undefined {
  for (const source of sources) {
    const trust = knowledge.trust(tenant, source, partition)
    if (trust.fresh) continue
    return trust.sinceMs === undefined
      ? { kind: 'unverified', source }
      : { kind: 'unverified', source, sinceMs: trust.sinceMs }
  }
  return undefined
}

/** A verdict that names what made the token stale, as far as that is known. */
export function staleVerdict(
  reason: StaleReason,
  change?: string,
): Extract<Verdict, { kind: 'stale' }> {
  return change === undefined ? { kind: 'stale', reason } : { kind: 'stale', reason, change }
}
