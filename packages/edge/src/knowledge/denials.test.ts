import { denialKey, type Denial } from '@freshet/domain'
import { describe, expect, it } from 'vitest'
import { Denials } from './denials.ts'

const token = (id: string): Denial => ({ tenant: 'acme', kind: 'token', id })
const key = (id: string): Denial => ({ tenant: 'acme', kind: 'key', id })

describe('rule 23: denials', () => {
  it('name the change that told them first, and are told apart by tenant and kind', () => {
    const denials = new Denials(10)
    expect(denials.add(token('a'), 'c-1', 0)).toBe(true)
    expect(denials.add(token('a'), 'c-2', 5)).toBe(false)
    expect(denials.get(denialKey(token('a')))).toBe('c-1')
    expect(denials.get(denialKey(key('a')))).toBeUndefined()
    expect(denials.get(denialKey({ ...token('a'), tenant: 'other' }))).toBeUndefined()
  })

  it('of tokens and sessions end when nothing they deny can live; of keys and issuers never', () => {
    const denials = new Denials(10)
    denials.add(token('a'), 'c', 0)
    denials.add({ tenant: 'acme', kind: 'session', id: 's' }, 'c', 0)
    denials.add(key('k'), 'c', 0)
    denials.add({ tenant: 'acme', kind: 'issuer', id: 'i' }, 'c', 0)
    denials.prune(1)
    expect(denials.size).toBe(2)
    expect(denials.get(denialKey(key('k')))).toBe('c')
  })

  it('say that they are full until what was refused can deny nobody: for a key, for good', () => {
    const denials = new Denials(1)
    denials.add(key('k'), 'c', 0)
    denials.add(token('a'), 'c', 5)
    expect(denials.isOverflowing).toBe(true)
    denials.prune(6)
    expect(denials.isOverflowing).toBe(false)
    denials.add(key('other'), 'c', 5)
    denials.prune(1_000)
    expect(denials.isOverflowing).toBe(true)
    denials.forget()
    expect([denials.isOverflowing, denials.size]).toEqual([false, 0])
  })

  it('change their version for each new one alone', () => {
    const denials = new Denials(10)
    const versions = [token('a'), token('a'), token('b')].map((each) => {
      denials.add(each, 'c', 0)
      return denials.version
    })
    expect(versions).toEqual([2, 2, 3])
  })
})
