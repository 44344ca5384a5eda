import type { Random } from '../random.ts'
import type { Fact } from './truth.ts'
import { tokenSigners } from './token-keys.ts'
import { AUDIENCE, DIRECTORY } from './deployment.ts'
import { claimsOf, type World } from './world.ts'

export const SUBJECTS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const
export const CLIENTS = ['web', 'batch'] as const
const GROUPS = ['staff', 'approvers', 'auditors'] as const
const ENTITLEMENTS = ['read', 'pay'] as const
/** The share of disabled accounts that are deleted. */
const DELETED = 0.3
const ROLES = ['clerk', 'manager'] as const
/**
 * The client that is cut off more often if a partner mints, and the share of these facts. Tokens of a partner carry a
 * claim that changes often, so few of them live until a rare cut-off. Those of the other client end in other ways.
 */
const OFTEN_CUT_OFF = { client: 'batch', share: 0.15 } as const

/** The values that each claim can hold. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  groups: GROUPS,
  entitlements: ENTITLEMENTS,
  roles: ROLES,
}

/** A source that is about to commit a fact. */
export interface Speaker {
  readonly source: string
  /** The claims that it owns, to its knowledge. */
  readonly claims: readonly string[]
  readonly random: Random
}

/** Returns the next fact of a source, `undefined` for none. */
export function nextFact(world: World, { source, claims, random }: Speaker): Fact | undefined {
  if (source === 'security') return securityFact(world, random)
  if (source === 'hr') return hrFact(world, claims, random)
  return claims.length === 0 ? undefined : claimFact(world, random, random.pick(claims))
}

function hrFact(world: World, claims: readonly string[], random: Random): Fact {
  const { truth, cast } = world
  const sub = random.pick(cast.subjects)
  const drawn = random.below(100)
  if (drawn < 4) return { kind: 'withdrawn', claim: 'groups', value: random.pick(GROUPS) }
  if (drawn < 8) return { kind: 'account', sub, op: 'sessions-revoked' }
  if (drawn >= 20) return claimFact(world, random, random.pick(claims))
  if (!truth.isEnabled(sub)) return { kind: 'account', sub, op: 'enabled' }
  if (random.chance(DELETED)) return { kind: 'account', sub, op: 'deleted', claims }
  return { kind: 'account', sub, op: 'disabled' }
}

/** Returns the facts of the start, which give every subject values to lose. */
export function firstFacts(world: World, source: string): readonly Fact[] {
  return claimsOf(world, source).flatMap((claim) =>
    knownTo(world, source).map((sub): Fact => {
      return { kind: 'claim', sub, claim, op: 'set', values: valuesOf(claim).slice(0, 2) }
    }),
  )
}

/** Returns the subjects of a source. */
function knownTo({ cast, crowd }: World, source: string): readonly string[] {
  return source === DIRECTORY ? [...cast.subjects, ...crowd] : cast.subjects
}

/** Returns a fact about another source's claim, which this source is not allowed to send. */
export function overreach({ cast }: World, { claims, random }: Speaker): Fact {
  const others = AUDIENCE.claims.filter((claim) => !claims.includes(claim))
  const claim = random.pick([...others, 'unheard-of'])
  return {
    kind: 'overreach',
    sub: random.pick(cast.subjects),
    claim,
    op: 'set',
    values: ['everything'],
  }
}

function valuesOf(claim: string): readonly string[] {
  return VALUES[claim] ?? []
}

/**
 * Returns all facts that hold by a source, again; a subject without a value of a claim is not named. Cut-offs
 * and denials are sent again as long as an earlier token can be alive.
 */
export function allFacts(
  world: World,
  { source, claims }: Pick<Speaker, 'source' | 'claims'>,
): readonly Fact[] {
  const { truth } = world
  const everybody = source === 'hr' ? [...world.cast.subjects, ...world.crowd] : []
  const accounts = everybody.map((sub): Fact => {
    return { kind: 'account', sub, op: opOf(truth.isEnabled(sub)) }
  })
  const claimFacts = knownTo(world, source).flatMap((sub) =>
    claims.flatMap((claim): readonly Fact[] => {
      const values = truth.holds(sub, claim)
      return values.length === 0 ? [] : [{ kind: 'claim', sub, claim, op: 'set', values }]
    }),
  )
  const wide = truth.facts
    .filter((committed) => committed.source === source && isWide(committed.fact))
    .slice(-10)
  return source === 'security' ? wide.map(({ fact }) => fact) : [...accounts, ...claimFacts]
}

/** Returns the kinds of state that the snapshots of a source contain beside claims. */
export function statedBeside(source: string): readonly ('accounts' | 'cut-offs')[] {
  if (source === 'hr') return ['accounts']
  return source === 'security' ? ['cut-offs'] : []
}

function opOf(isEnabled: boolean): 'enabled' | 'disabled' {
  return isEnabled ? 'enabled' : 'disabled'
}

function isWide({ kind }: Fact): boolean {
  return kind === 'cut-off' || kind === 'denied'
}

function claimFact({ cast }: World, random: Random, claim: string): Fact {
  const sub = random.pick(cast.subjects)
  const op = random.pick(['add', 'add', 'add', 'remove', 'remove', 'set', 'clear'] as const)
  const values = op === 'clear' ? [] : valuesOf(claim).filter(() => random.chance(0.5))
  return { kind: 'claim', sub, claim, op: values.length === 0 ? 'clear' : op, values }
}

/** Keys are denied rarely, and one is always left. */
function securityFact(world: World, random: Random): Fact | undefined {
  const { tenant, tokens, foreign, mix } = world
  if (mix.foreign > 0 && random.chance(OFTEN_CUT_OFF.share))
    return { kind: 'cut-off', scope: 'client', target: OFTEN_CUT_OFF.client }
  const drawn = random.below(100)
  if (drawn < 12) return { kind: 'cut-off', scope: 'client', target: random.pick(CLIENTS) }
  if (drawn < 16) return { kind: 'cut-off', scope: 'tenant', target: tenant }
  const last = tokens.slice(-10)
  if (last.length === 0) return undefined
  const { jti, kid } = random.pick(last)
  const { jti: theirs } =
    foreign.length > 0 ? random.pick([{ jti }, ...foreign.slice(-5)]) : { jti }
  if (drawn >= 30) return { kind: 'denied', scope: 'token', target: theirs }
  const isOneLeft = tokenSigners(world).length > 1
  return isOneLeft ? { kind: 'denied', scope: 'key', target: kid } : undefined
}
