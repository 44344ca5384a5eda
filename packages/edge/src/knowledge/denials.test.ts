import { denialKey, type DenialKind } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { Denials, type AddedDenial } from './denials.ts'

const ALL = 1 << 20
const LASTS_S = 100

const denial = (kind: DenialKind, id: string, tenant = 'acme'): AddedDenial => ({
  tenant,
  kind,
  id,
  change: `denied-${id}`,
  lastsS: kind === 'key' || kind === 'issuer' ? Infinity : LASTS_S,
})
const token = (id: string, tenant?: string): AddedDenial => denial('token', id, tenant)
const key = (id: string, tenant?: string): AddedDenial => denial('key', id, tenant)
const make = (endingMax = 10, lastingMax = 10): Denials => new Denials({ endingMax, lastingMax })

/** Adds denials of tokens of a tenant until one finds no room. */
function fill(denials: Denials, tenant: string, nowS = 0): void {
  for (let i = 0; !denials.lacks(tenant); i++) denials.add(token(`${tenant}-${i}`, tenant), nowS)
}

describe('rule 23: denials', () => {
  it('name the first change that removed them, and are separate by tenant and kind', () => {
    const denials = make()
    expect(denials.add({ ...token('a'), change: 'c-1' }, 0)).toBe(true)
    expect(denials.add({ ...token('a'), change: 'c-2' }, 5)).toBe(false)
    expect(denials.get(denialKey(token('a')))).toBe('c-1')
    expect(denials.get(denialKey(key('a')))).toBeUndefined()
    expect(denials.get(denialKey(token('a', 'other')))).toBeUndefined()
  })

  it('end when no token that they deny can live; those of keys and issuers never end', () => {
    const denials = make()
    for (const kind of ['token', 'session', 'key', 'issuer'] as const)
      denials.add(denial(kind, 'a'), 0)
    denials.prune(LASTS_S, ALL)
    expect(denials.size).toBe(4)
    denials.prune(LASTS_S + 1, ALL)
    expect(denials.size).toBe(2)
    expect(denials.get(denialKey(key('a')))).toBe('denied-a')
  })

  it('end at the latest of the times that were stated', () => {
    const denials = make()
    denials.add({ ...token('a'), lastsS: 50 }, 0)
    denials.add({ ...token('a'), lastsS: 10 }, 5)
    denials.prune(50, ALL)
    expect(denials.size).toBe(1)
    denials.add(token('a'), 50)
    denials.prune(150, ALL)
    expect(denials.size).toBe(1)
    denials.prune(151, ALL)
    expect(denials.size).toBe(0)
  })

  it('change their version for each new one alone', () => {
    const denials = make()
    const versions = [token('a'), token('a'), token('b')].map((each) => {
      denials.add(each, 0)
      return denials.version
    })
    expect(versions).toEqual([2, 2, 3])
  })

  it('are pruned in bounded steps, and give their places back', () => {
    const denials = make(100)
    fill(denials, 'acme')
    const { size } = denials
    denials.prune(LASTS_S + 1, 10)
    expect(denials.size).toBe(size - 10)
    for (let step = 0; step < 10; step++) denials.prune(LASTS_S + 1, 10)
    expect([denials.size, denials.lacks('acme')]).toEqual([0, false])
    fill(denials, 'acme', 200)
    expect(denials.size).toBe(size)
  })
})

describe('a denial that finds no room', () => {
  it('makes its own tenant lack it, and takes no room from another', () => {
    const denials = make(100)
    fill(denials, 'acme')
    expect([denials.lacks('acme'), denials.lacks('globex')]).toEqual([true, false])
    denials.add(token('theirs', 'globex'), 0)
    expect(denials.get(denialKey(token('theirs', 'globex')))).toBe('denied-theirs')
    expect([denials.lacks('globex'), denials.lackingTenants]).toEqual([false, 1])
  })

  it('is lacked until it would have ended, however much room there is before', () => {
    const denials = make(100)
    denials.add({ ...token('short'), lastsS: 10 }, 0)
    fill(denials, 'acme')
    denials.add({ ...token('lost'), lastsS: 300 }, 0)
    denials.prune(300, ALL)
    expect([denials.size, denials.lacks('acme')]).toEqual([0, true])
    denials.prune(301, ALL)
    expect(denials.lacks('acme')).toBe(false)
  })

  it('is never one of a key because of denials of tokens: these have room of their own', () => {
    const denials = make(100, 10)
    fill(denials, 'acme')
    denials.add(key('stolen'), 0)
    expect(denials.get(denialKey(key('stolen')))).toBe('denied-stolen')
    denials.prune(LASTS_S + 1, ALL)
    expect([denials.size, denials.lacks('acme')]).toEqual([1, false])
  })

  it('is lacked for good if it is of a key, and until all is read again', () => {
    const denials = make(100, 1)
    denials.add(key('first'), 0)
    denials.add(key('second'), 0)
    denials.prune(1_000_000, ALL)
    expect([denials.lacks('acme'), denials.lacks('globex')]).toEqual([true, false])
    denials.forget()
    expect([denials.lacks('acme'), denials.size, denials.lackingTenants]).toEqual([false, 0, 0])
  })
})
