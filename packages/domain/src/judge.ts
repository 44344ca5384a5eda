import { CONTROL_PARTITION, partitionOf } from './partition.ts'
import { claimsBehind, sourcesBehind, type ClaimMap } from './claim-map.ts'
import { isBelow, type Position } from './position.ts'
import { componentOf, type Denial, type DenialKind, type Scope } from './scope.ts'
import { scopesOf, type JudgedToken, type Omission, type ScopedParty } from './token.ts'
import { FRESH, type StaleReason, type Verdict } from './verdict.ts'

/** A watermark with the change that raised it. */
export interface Watermark {
  readonly position: Position
  readonly change?: string
}

/** Whether a source's silence in a partition still counts as quiet (rule 16). */
export type Trust = { readonly fresh: true } | { readonly fresh: false; readonly sinceMs?: number }

/** What is known about revocations, by an edge or by the authority. */
export interface Knowledge {
  /** The claim map in force; `undefined` means that nothing can be verified (rule 21). */
  readonly map: ClaimMap | undefined
  /** Tokens of a lower policy version are stale. */
  readonly minimumPv: number
  /** The incarnation of a partition; `undefined` before any heartbeat of it was trusted. */
  incarnation(partition: number): bigint | undefined
  watermark(scope: Scope): Watermark | undefined
  denial(denial: Denial): { readonly change?: string } | undefined
  trust(tenant: string, source: string, partition: number): Trust
}

/**
 * Judges one claim of a token that a route uses, present in it or not.
 *
 * Total and without I/O. What is known to be taken away is `stale` whatever else is unknown;
 * `fresh` needs a live lease of the claim's source, and of those that it is derived from, in the
 * subject's and in the control partition, and of the account source and every cut-off source in the
 * control partition (rules 14, 15 and 24), and a token that does not say that it leaves the claim out.
 * A descriptive claim is judged as the token itself: no
 * change of it, and no silence of its source, makes it other than fresh.
 */
export function judge(token: JudgedToken, claim: string, knowledge: Knowledge): Verdict {
  return (
    denied(token, knowledge) ??
    belowMinimum(token, knowledge) ??
    superseded(scopesOf(token, claimsBehind(knowledge.map, claim)), knowledge) ??
    olderIncarnation(token, knowledge) ??
    unverified(token, claim, knowledge) ??
    FRESH
  )
}

function denied(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  for (const [kind, id] of deniable(token)) {
    if (id === undefined) continue
    const denial = knowledge.denial({ tenant: token.tenant, kind, id })
    if (denial) return stale(`${kind}-denied`, denial.change)
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

function belowMinimum(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  return token.pv < knowledge.minimumPv ? stale('policy-version') : undefined
}

const reasons: Readonly<Record<Scope['kind'], StaleReason>> = {
  subject: 'claim-changed',
  account: 'account',
  value: 'value-withdrawn',
  tenant: 'tenant-cut-off',
  client: 'client-cut-off',
}

function superseded(scopes: readonly ScopedParty[], knowledge: Knowledge): Verdict | undefined {
  for (const { scope, party } of scopes) {
    const watermark = knowledge.watermark(scope)
    if (watermark && isBelow(party.label, componentOf(scope.kind), watermark.position)) {
      return stale(reasons[scope.kind], watermark.change)
    }
  }
  return undefined
}

function olderIncarnation(token: JudgedToken, knowledge: Knowledge): Verdict | undefined {
  for (const { subject, label } of token.parties) {
    for (const partition of [partitionOf(subject), CONTROL_PARTITION]) {
      const e = knowledge.incarnation(partition)
      if (e !== undefined && label.e < e) return stale('incarnation')
    }
  }
  return undefined
}

function unverified(token: JudgedToken, claim: string, knowledge: Knowledge): Verdict | undefined {
  const { map } = knowledge
  if (!map?.claims.has(claim)) return { kind: 'unverified', source: 'freshet' }
  const omission = omissionBehind(token, claimsBehind(map, claim))
  if (omission) return { kind: 'unverified', source: 'freshet', reason: `omitted-${omission}` }
  const speaking = sourcesBehind(map, claim)
  for (const { subject, label } of token.parties) {
    const partition = partitionOf(subject)
    const distrust =
      laterIncarnation(label.e, partition, knowledge) ??
      laterIncarnation(label.e, CONTROL_PARTITION, knowledge) ??
      firstSilent(subject.tenant, speaking, partition, knowledge)
    if (distrust) return distrust
  }
  const watched = [...speaking, map.account, ...map.cutOffs]
  return firstSilent(token.tenant, watched, CONTROL_PARTITION, knowledge)
}

/**
 * Why a token does not carry one of these claims, where it says so: then its absence is no empty set,
 * and nothing that it carries can be fresh for who uses it.
 */
export function omissionBehind(
  { omitted }: Pick<JudgedToken, 'omitted'>,
  claims: readonly string[],
): Omission | undefined {
  const name = omitted && claims.find((claim) => omitted.has(claim))
  return name === undefined ? undefined : omitted?.get(name)
}

/** A token of a later incarnation than the partition's was minted by someone who knows more. */
function laterIncarnation(e: bigint, partition: number, knowledge: Knowledge): Verdict | undefined {
  const known = knowledge.incarnation(partition)
  if (known !== undefined && e <= known) return undefined
  return { kind: 'unverified', source: 'freshet' }
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

function stale(reason: StaleReason, change?: string): Verdict {
  return change === undefined ? { kind: 'stale', reason } : { kind: 'stale', reason, change }
}
