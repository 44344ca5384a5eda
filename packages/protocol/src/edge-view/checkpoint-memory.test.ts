import { describe, expect, it } from 'vitest'
import { CheckpointMemory } from './checkpoint-memory.ts'

describe('CheckpointMemory', () => {
  it('rule 46: finds a path through a tree, whatever its siblings', () => {
    const memory = new CheckpointMemory(100)
    memory.add('a', 'base')
    memory.add('zombie', 'a')
    memory.add('b', 'a')
    expect(memory.pathBack('b', 'base')).toEqual(['a', 'b'])
  })

  it('ends a path at a base that was never read itself', () => {
    const memory = new CheckpointMemory(100)
    memory.add('b', 'a')
    expect(memory.pathBack('b', 'a')).toEqual(['b'])
    expect(memory.pathBack('b', 'older')).toBeUndefined()
  })

  it('does not take a root for an anchor', () => {
    const memory = new CheckpointMemory(100)
    memory.add('root', null)
    memory.add('b', 'root')
    expect(memory.pathBack('b', 'other')).toBeUndefined()
    expect(memory.pathBack('b', 'root')).toEqual(['root', 'b'])
  })

  it('trusts what continues a trusted checkpoint at once', () => {
    const memory = new CheckpointMemory(100)
    memory.add('a', 'base')
    memory.trust(['a'])
    memory.add('b', 'a')
    expect(memory.isTrusted('b')).toBe(true)
  })

  it('rule 47: forgets what stands before base', () => {
    const memory = new CheckpointMemory(100)
    memory.add('a', 'root')
    memory.trust(['a'])
    memory.add('b', 'a')
    memory.add('c', 'b')
    memory.pruneBefore({ hash: 'b', offset: 2n })
    expect([memory.has('a'), memory.has('b'), memory.has('c')]).toEqual([false, true, true])
    memory.pruneBefore({ hash: 'unknown', offset: 3n })
    expect(memory.size).toBe(2)
  })

  it('rule 17: keeps what stands behind a base that is read again after it', () => {
    const memory = new CheckpointMemory(100)
    memory.add('b', 'base')
    memory.trust(['b'])
    memory.pruneBefore({ hash: 'base', offset: 5n })
    memory.add('base', null)
    memory.trust(['base'])
    memory.pruneBefore({ hash: 'base', offset: 5n })
    expect(memory.has('b')).toBe(true)
    memory.pruneBefore({ hash: 'base', offset: 6n })
    expect(memory.has('b')).toBe(false)
  })

  it('E8: replayed old checkpoints push out no trusted one', () => {
    const memory = new CheckpointMemory(3)
    memory.add('head', 'base')
    memory.trust(['head'])
    for (let n = 0; n < 50; n += 1) memory.add(`old-${n}`, `older-${n}`)
    expect(memory.isTrusted('head')).toBe(true)
    expect(memory.size).toBeLessThanOrEqual(6)
  })

  it('knows without a walk that an unnamed base ends no path', () => {
    const memory = new CheckpointMemory(100)
    memory.add('a', 'before')
    memory.add('b', 'a')
    expect([memory.mayEndAt('elsewhere'), memory.mayEndAt('before'), memory.mayEndAt('a')]).toEqual(
      [false, true, true],
    )
  })

  it('rule 31: a path from the base at which reading began is complete, however long it is', () => {
    const memory = new CheckpointMemory(10)
    memory.beginAt('0')
    for (let n = 1; n <= 1_000; n += 1) memory.add(String(n), String(n - 1))
    const path = memory.pathBack('1000', '0')
    expect(path?.length).toBeLessThanOrEqual(10)
    expect(path?.at(-1)).toBe('1000')
    memory.trust(path ?? [])
    memory.add('1001', '1000')
    expect([memory.isTrusted('1000'), memory.isTrusted('1001')]).toEqual([true, true])
    expect(memory.size).toBeLessThanOrEqual(10)
  })

  it('control: begun elsewhere, or with one step missing, so long a path ends nowhere', () => {
    const memory = new CheckpointMemory(10)
    memory.beginAt('0')
    for (let n = 1; n <= 1_000; n += 1) if (n !== 500) memory.add(String(n), String(n - 1))
    expect(memory.pathBack('1000', '0')).toBeUndefined()
    const other = new CheckpointMemory(10)
    for (let n = 1; n <= 1_000; n += 1) other.add(String(n), String(n - 1))
    expect(other.pathBack('1000', '0')).toBeUndefined()
  })

  it('rule 31: a heartbeat that names another base finds no end at the one where reading began', () => {
    const memory = new CheckpointMemory(10)
    memory.beginAt('0')
    memory.add('1', '0')
    expect(memory.pathBack('1', 'older')).toBeUndefined()
    expect(memory.isTrusted('1')).toBe(false)
  })
})
