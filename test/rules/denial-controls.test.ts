import { denialKey, type Denial } from '@freshet/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Denials, type AddedDenial } from '../../packages/edge/src/knowledge/denials.ts'

/**
 * An explorer of the denials of one edge: tenants flood it, keys and sessions are denied, tokens end, in any
 * order. The model keeps every denial and forgets none; the edge has few places. Three promises hold. No
 * denied token is allowed before it ends, no tenant pays for another, and no loss lasts permanently.
 */
const TENANTS = ['acme', 'globex', 'initech'] as const
const LIMITS = { endingMax: 40, lastingMax: 100 }
const SKEW_S = 10
const ALL = 1 << 20

/** The edge's use of its denials; a control replaces one member. */
interface Use {
  lastsS(lifeS: number): number
  lacks(denials: Denials, tenant: string): boolean
  lose(denials: Denials, denial: AddedDenial, nowS: number): void
}

const PRODUCT: Use = {
  lastsS: (lifeS) => lifeS + SKEW_S,
  lacks: (denials, tenant) => denials.lacks(tenant),
  lose: (denials, denial, nowS) => void denials.add(denial, nowS),
}

type Step = readonly [tenant: number, kind: number, id: number, lifeS: number, passesS: number]
const steps = fc.array(
  fc.tuple(fc.nat(2), fc.nat(9), fc.nat(500), fc.integer({ min: 1, max: 300 }), fc.nat(3)),
  { minLength: 50, maxLength: 250 },
)

interface Found {
  unsafe: number
  unfair: number
  stuck: number
}

function explore(path: readonly Step[], use: Use): Found {
  const denials = new Denials(LIMITS)
  const model = new Map<string, Denial & { readonly endsAtS: number }>()
  const found: Found = { unsafe: 0, unfair: 0, stuck: 0 }
  let nowS = 0
  const check = (): void => {
    for (const [key, { tenant, endsAtS }] of model) {
      const isAlive = endsAtS >= nowS
      if (isAlive && !use.lacks(denials, tenant) && denials.get(key) === undefined)
        found.unsafe += 1
    }
  }
  for (const [tenantAt, kindAt, id, lifeS, passesS] of path) {
    const tenant = TENANTS[tenantAt] ?? 'acme'
    // The third tenant is quiet: it denies one key.
    const isQuiet = tenant === 'initech'
    const kind = isQuiet || kindAt === 0 ? 'key' : 'token'
    const denial: Denial = {
      tenant,
      kind,
      id: isQuiet ? 'k1' : String(kind === 'key' ? id % 3 : id),
    }
    const isLasting = kind === 'key'
    const endsAtS = isLasting ? Infinity : nowS + lifeS
    const before = model.get(denialKey(denial))
    model.set(denialKey(denial), { ...denial, endsAtS: Math.max(endsAtS, before?.endsAtS ?? 0) })
    const lastsS = isLasting ? Infinity : use.lastsS(lifeS)
    use.lose(denials, { ...denial, change: 'c', lastsS }, nowS)
    nowS += passesS
    denials.prune(nowS, ALL)
    check()
    if (use.lacks(denials, 'initech')) found.unfair += 1
  }
  denials.prune(nowS + 1_000, ALL)
  found.stuck = TENANTS.filter((tenant) => use.lacks(denials, tenant)).length
  return found
}

function sum(use: Use): Found {
  const all: Found = { unsafe: 0, unfair: 0, stuck: 0 }
  for (const path of fc.sample(steps, { numRuns: 40, seed: 25 })) {
    const found = explore(path, use)
    all.unsafe += found.unsafe
    all.unfair += found.unfair
    all.stuck += found.stuck
  }
  return all
}

test('rule 25: a flood of denials forgets none, touches no other tenant, and ends', () => {
  expect(sum(PRODUCT)).toEqual({ unsafe: 0, unfair: 0, stuck: 0 })
})

test('rule 25: control: a denial that ends before its token lets it in', () => {
  expect(sum({ ...PRODUCT, lastsS: (lifeS) => lifeS / 2 }).unsafe).toBeGreaterThan(0)
})

test('rule 25: control: a loss that is forgotten once there is room again lets its token in', () => {
  const lacks: Use['lacks'] = (denials, tenant) => denials.lacks(tenant) && denials.size >= 36
  expect(sum({ ...PRODUCT, lacks }).unsafe).toBeGreaterThan(0)
})

test('rule 25: control: a loss that another tenant is charged with lets a token in', () => {
  const other = new Map<string, string>([
    ['acme', 'globex'],
    ['globex', 'acme'],
  ])
  const lacks: Use['lacks'] = (denials, tenant) => denials.lacks(other.get(tenant) ?? tenant)
  expect(sum({ ...PRODUCT, lacks }).unsafe).toBeGreaterThan(0)
})

test('rule 25: control: a loss that all tenants are charged with makes a quiet one pay', () => {
  const lacks: Use['lacks'] = (denials) => denials.lackingTenants > 0
  expect(sum({ ...PRODUCT, lacks }).unfair).toBeGreaterThan(0)
})

test('rule 23: more keys of a tenant than have room make this tenant alone unverified, for good', () => {
  const crowded = new Denials({ endingMax: 40, lastingMax: 1 })
  const key = (id: string): AddedDenial => {
    return { tenant: 'acme', kind: 'key', id, change: 'c', lastsS: Infinity }
  }
  crowded.add(key('k1'), 0)
  crowded.add(key('k2'), 0)
  crowded.prune(1_000_000, ALL)
  expect([crowded.lacks('acme'), crowded.lacks('globex')]).toEqual([true, false])
})
