import { describe, expect, it } from 'vitest'
import { ProducerTurns, type Wanted } from './producer-turns.ts'

interface Run {
  readonly end: () => void
  readonly fail: (error: Error) => void
}

function recordedRuns() {
  const runs: Run[] = []
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      runs.push({ end: resolve, fail: reject })
    })
  return { runs, work }
}

describe('ProducerTurns', () => {
  it('shares the next run among all who asked while one was under way', async () => {
    const { runs, work } = recordedRuns()
    const turns = new ProducerTurns()
    const first = turns.run('a', ['x'], work)
    const waiting = [turns.run('a', ['x'], work), turns.run('a', ['x'], work)]
    expect(runs).toHaveLength(1)
    runs[0]?.end()
    await first
    await Promise.resolve()
    expect(runs).toHaveLength(2)
    runs[1]?.end()
    await Promise.all(waiting)
    const again = turns.run('a', ['x'], work)
    expect(runs).toHaveLength(3)
    runs[2]?.end()
    await again
  })

  it('starts the next run although the one before failed', async () => {
    const { runs, work } = recordedRuns()
    const turns = new ProducerTurns()
    const first = turns.run('a', ['x'], work)
    const second = turns.run('a', ['x'], work)
    runs[0]?.fail(new Error('lost'))
    await expect(first).rejects.toThrow('lost')
    await Promise.resolve()
    runs[1]?.end()
    await expect(second).resolves.toBeUndefined()
  })

  it('does not let one key wait for another', () => {
    const { runs, work } = recordedRuns()
    const turns = new ProducerTurns()
    void turns.run('a', ['x'], work)
    void turns.run('b', ['x'], work)
    expect(runs).toHaveLength(2)
  })

  it('produces in a shared run what each of them wants, once', async () => {
    const wanted: Wanted[] = []
    const turns = new ProducerTurns()
    const note = async (each: Wanted): Promise<void> => void wanted.push(each)
    const some = [['a'], ['b'], ['c', 'd']].map((ids) => turns.run('k', ids, note))
    await Promise.all(some)
    const all = [['a'], 'all' as const, ['b']].map((ids) => turns.run('k', ids, note))
    await Promise.all(all)
    expect(wanted).toEqual([['a'], ['b', 'c', 'd'], ['a'], 'all'])
  })

  it('produces all after a run that failed, and then again what is wanted', async () => {
    const wanted: Wanted[] = []
    const turns = new ProducerTurns()
    const note = async (each: Wanted): Promise<void> => void wanted.push(each)
    const fails = (): Promise<void> => Promise.reject(new Error('lost'))
    await expect(turns.run('k', ['a'], fails)).rejects.toThrow('lost')
    for (const id of ['b', 'c']) await turns.run('k', [id], note)
    expect(wanted).toEqual(['all', ['c']])
  })
})
