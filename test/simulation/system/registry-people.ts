import type { Random } from '../random.ts'
import { PARTNER_IDP, providerOf } from './journal.ts'
import { DIRECTORY } from './deployment.ts'
import { PARTNER_TOOL } from './registry-state.ts'
import type { RegistryTruth } from './registry-truth.ts'
import type { ClaimFact, Fact } from './truth.ts'
import { CLIENTS } from './workload.ts'

/** The subjects that get tokens, of two identity providers. */
export const PEOPLE: readonly string[] = ['ann', 'bob', 'cid', 'dan', 'zed@partner', 'zoe@partner']

/** The claims that a crowd has, which gets no tokens. */
export const CROWDED: readonly string[] = ['entitlements', 'holds']

/** Most subjects are restricted most of the time. */
const RESTRICTING = ['add', 'add', 'add', 'set', 'remove'] as const
const EVERY = ['add', 'add', 'remove', 'remove', 'set', 'set', 'clear'] as const

/** A partner sends for so long by the version before. */
const PARTNER_LEARNS_MS = 1_500

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
export function firstFacts(
  claims: readonly string[],
  crowd: readonly string[],
): readonly ClaimFact[] {
  return claims.flatMap((claim) =>
    [...PEOPLE, ...crowd].map((sub): ClaimFact => {
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
  const { prefix } = truth.inForce.state
  if (prefix !== undefined && claim === 'entitlements' && source === 'iga' && drawn > 15)
    return partnerFact(prefix, random)
  return claimFact(claim, random.pick(PEOPLE), random)
}

/** Returns the next fact of the tool of a partner, which knows a version a while after it is in force. */
export function nextPartnerFact(
  { versions }: RegistryTruth,
  random: Random,
  nowMs: number,
): Fact | undefined {
  const known = versions.findLast(({ sinceMs = Infinity }) => sinceMs <= nowMs - PARTNER_LEARNS_MS)
  const prefix = (known ?? versions[0])?.state.prefix
  return prefix === undefined ? undefined : partnerFact(prefix, random)
}

/** A partner adds, removes and withdraws only values with its own beginning. */
function partnerFact(prefix: string, random: Random): Fact {
  const about = { claim: 'entitlements', onBehalfOf: PARTNER_TOOL }
  const values = (VALUES['entitlements'] ?? []).filter((value) => value.startsWith(prefix))
  if (random.chance(0.2)) return { kind: 'withdrawn', value: random.pick(values), ...about }
  const op = random.pick(['add', 'add', 'remove'] as const)
  return { kind: 'claim', sub: random.pick(PEOPLE), op, values, ...about }
}

/** Returns a fact about a claim of a subject. */
export function claimFact(claim: string, sub: string, random: Random): ClaimFact {
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
