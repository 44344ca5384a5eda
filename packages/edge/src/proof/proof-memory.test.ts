import { describe, expect, it } from 'vitest'
import { ProofMemory } from './proof-memory.ts'

const at = (nowMs: number, expiresMs = nowMs + 60_000) => ({ nowMs, expiresMs })

describe('the memory of proofs', () => {
  it('knows an id until its proof expires, by key', () => {
    const memory = new ProofMemory(100)
    expect(memory.use('a', 'p', at(0))).toBe('first')
    expect(memory.use('a', 'p', at(0))).toBe('again')
    expect(memory.use('b', 'p', at(0))).toBe('first')
    expect(memory.use('a', 'p', at(59_999, 119_999))).toBe('again')
    expect(memory.use('a', 'p', at(70_000, 130_000))).toBe('first')
  })

  it('leaves room for every other key while one key sends without end', () => {
    const memory = new ProofMemory(100)
    const uses = Array.from({ length: 1_000 }, (_, i) => memory.use('flood', `p${i}`, at(0)))
    expect(uses.filter((used) => used === 'first')).toHaveLength(50)
    expect(uses.at(-1)).toBe('crowded')
    for (const key of ['a', 'b', 'c']) expect(memory.use(key, 'p', at(0))).toBe('first')
    expect(memory.use('flood', 'more', at(0))).toBe('crowded')
  })

  it('forgets no proof to make room: a used proof of a crowded key stays used', () => {
    const memory = new ProofMemory(10)
    for (let i = 0; i < 100; i += 1) memory.use('flood', `p${i}`, at(0))
    expect(memory.use('flood', 'p0', at(0))).toBe('again')
  })

  it('is empty again when everything in it has expired', () => {
    const memory = new ProofMemory(10)
    for (let i = 0; i < 5; i += 1) memory.use('a', `p${i}`, at(0))
    expect(memory.size).toBe(5)
    expect(memory.use('b', 'p', at(70_000))).toBe('first')
    expect(memory.size).toBe(1)
    for (let i = 0; i < 4; i += 1) expect(memory.use('a', `q${i}`, at(70_000))).toBe('first')
  })

  it('accepts no proof of a time that it has forgotten, after a clock was set back', () => {
    const memory = new ProofMemory(10)
    expect(memory.use('a', 'p', at(0))).toBe('first')
    expect(memory.use('a', 'q', at(70_000))).toBe('first')
    expect(memory.use('a', 'p', at(0))).toBe('again')
  })
})
