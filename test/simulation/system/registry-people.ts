import type { Random } from '../random.ts'
import { PARTNER_IDP, providerOf } from './journal.ts'
import { DIRECTORY } from './deployment.ts'
import type { RegistryTruth } from './registry-truth.ts'
import type { Fact } from './truth.ts'
import { CLIENTS } from './workload.ts'

/** The subjects that get tokens, of two identity providers. */
export const PEOPLE: readonly string[] = ['ann', 'bob', 'cid', 'dan', 'zed@partner', 'zoe@partner']

/** The claims that a crowd has, which gets no tokens. */
export const CROWDED: readonly string[] = ['entitlements', 'holds']

/** Most subjects are restricted most of the time. */
const RESTRICTING = ['add', 'add', 'add', 'set', 'remove'] as const
const EVERY = ['add', 'add', 'remove', 'remove', 'set', 'set', 'clear'] as const

/** The values that each claim can have. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  groups: ['staff', 'approvers', 'auditors'],
  entitlements: ['read', 'pay'],
  holds: ['payments', 'travel'],
  roles: ['clerk', 'manager'],
}

/** Returns whether a subject belongs to the second identity provider. */
export function isPartner(sub: string): boolean {
  return providerOf(sub) === PARTNER_IDP
}

/** Returns the facts that hold before the first load. */
export function firstFacts(claims: readonly string[], crowd: readonly string[]): readonly Fact[] {
  return claims.flatMap((claim) =>
    [...PEOPLE, ...crowd].map((sub): Fact => {
      const [one = '', other = ''] = VALUES[claim] ?? []
      const values = claim === 'holds' ? [one] : [one, other]
      return { kind: 'claim', sub, claim, op: 'set', values }
    }),
  )
}

/** Returns the next fact that a source commits as an owner, `undefined` if it owns nothing. */
export function nextFact(truth: RegistryTruth, source: string, random: Random): Fact | undefined {
  const { account, cutOffs } = truth.inForce.state
  const claims = truth.claimsOf(source)
  const drawn = random.below(100)
  if (source === account && drawn < 25) return accountFact(truth, random)
  if (source === 'security' && cutOffs.includes(source) && drawn < 15) {
    const target = random.pick(CLIENTS)
    return { kind: 'cut-off', scope: 'client', target }
  }
  if (claims.length === 0) return undefined
  const claim = random.pick(claims)
  if (drawn > 96 && source !== DIRECTORY)
    return { kind: 'withdrawn', claim, value: random.pick(VALUES[claim] ?? ['']) }
  return claimFact(claim, random.pick(PEOPLE), random)
}

/** Returns a fact about a claim of a subject. */
export function claimFact(
  claim: string,
  sub: string,
  random: Random,
): Extract<Fact, { kind: 'claim' }> {
  const op = random.pick(claim === 'holds' ? RESTRICTING : EVERY)
  const values = op === 'clear' ? [] : (VALUES[claim] ?? []).filter(() => random.chance(0.5))
  if (values.length > 0 || op === 'clear') return { kind: 'claim', sub, claim, op, values }
  return claim === 'holds'
    ? { kind: 'claim', sub, claim, op: 'add', values: (VALUES[claim] ?? []).slice(0, 1) }
    : { kind: 'claim', sub, claim, op: 'clear', values }
}

function accountFact(truth: RegistryTruth, random: Random): Fact {
  const sub = random.pick(PEOPLE)
  const drawn = random.below(100)
  if (drawn < 10) return { kind: 'account', sub, op: 'sessions-revoked' }
  if (!truth.isEnabled(sub)) return { kind: 'account', sub, op: 'enabled' }
  return { kind: 'account', sub, op: drawn < 35 ? 'deleted' : 'disabled' }
}
