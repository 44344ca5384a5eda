import type { Random } from '../random.ts'
import { AUDIENCE, TENANT, TOKEN_KEYS } from './deployment.ts'
import type { Fact } from './truth.ts'
import type { World } from './world.ts'

export const SUBJECTS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const
export const CLIENTS = ['web', 'batch'] as const
const GROUPS = ['staff', 'approvers', 'auditors'] as const
const ENTITLEMENTS = ['read', 'pay'] as const

/** What a source is about to commit, `undefined` for nothing. */
export function nextFact(world: World, source: string, random: Random): Fact | undefined {
  if (source === 'iga') return claimFact(random, 'entitlements', ENTITLEMENTS)
  if (source === 'security') return securityFact(world, random)
  const sub = random.pick(SUBJECTS)
  const drawn = random.below(100)
  if (drawn < 4) return { kind: 'withdrawn', claim: 'groups', value: random.pick(GROUPS) }
  if (drawn < 8) return { kind: 'account', sub, op: 'sessions-revoked' }
  if (drawn < 20)
    return { kind: 'account', sub, op: world.truth.isEnabled(sub) ? 'disabled' : 'enabled' }
  return claimFact(random, 'groups', GROUPS)
}

/** What everybody is given at the start, so that there is something to lose. */
export function firstFacts(source: string): readonly Fact[] {
  if (source === 'security') return []
  const [claim, values] =
    source === 'hr' ? ['groups', GROUPS.slice(0, 2)] : ['entitlements', ENTITLEMENTS]
  return SUBJECTS.map((sub) => ({ kind: 'claim', sub, claim, op: 'set', values }))
}

/**
 * What a source says when it finds that it is not heard: everything that holds by its word, anew.
 * Cut-offs and denials are said again as long as a token of before may live.
 */
export function fullStatement({ truth }: World, source: string): readonly Fact[] {
  const claims = AUDIENCE.claims.filter((claim) => (claim === 'groups') === (source === 'hr'))
  const said: readonly Fact[] = SUBJECTS.flatMap((sub) => [
    ...(source === 'hr' ? [{ kind: 'account', sub, op: opOf(truth.isEnabled(sub)) } as const] : []),
    ...claims.map((claim) => {
      const values = truth.holds(sub, claim)
      return {
        kind: 'claim',
        sub,
        claim,
        op: values.length === 0 ? 'clear' : 'set',
        values,
      } as const
    }),
  ])
  const wide = truth.told.filter((told) => told.source === source && isWide(told.fact)).slice(-10)
  return [
    { kind: 'statement', border: 'begin' },
    ...(source === 'security' ? wide.map(({ fact }) => fact) : said),
    { kind: 'statement', border: 'end' },
  ]
}

function opOf(isEnabled: boolean): 'enabled' | 'disabled' {
  return isEnabled ? 'enabled' : 'disabled'
}

function isWide({ kind }: Fact): boolean {
  return kind === 'cut-off' || kind === 'denied'
}

function claimFact(random: Random, claim: string, all: readonly string[]): Fact {
  const sub = random.pick(SUBJECTS)
  const op = random.pick(['add', 'add', 'add', 'remove', 'remove', 'set', 'clear'] as const)
  const values = op === 'clear' ? [] : all.filter(() => random.chance(0.5))
  return { kind: 'claim', sub, claim, op: values.length === 0 ? 'clear' : op, values }
}

/** Keys are denied rarely, and one is always left. */
function securityFact({ tokens, truth }: World, random: Random): Fact | undefined {
  const drawn = random.below(100)
  if (drawn < 12) return { kind: 'cut-off', scope: 'client', target: random.pick(CLIENTS) }
  if (drawn < 16) return { kind: 'cut-off', scope: 'tenant', target: TENANT }
  const last = tokens.slice(-10)
  if (last.length === 0) return undefined
  const { jti, kid } = random.pick(last)
  if (drawn >= 30) return { kind: 'denied', scope: 'token', target: jti }
  const denied = truth.told.filter(({ fact }) => fact.kind === 'denied' && fact.scope === 'key')
  if (denied.length > TOKEN_KEYS.length - 2) return undefined
  return { kind: 'denied', scope: 'key', target: kid }
}
