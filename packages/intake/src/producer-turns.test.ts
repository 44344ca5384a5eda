import { describe, expect, it } from 'vitest'
import { ProducerTurns } from './producer-turns.ts'

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
    const first = turns.run('a', work)
    const waiting = [turns.run('a', work), turns.run('a', work)]
    expect(runs).toHaveLength(1)
    runs[0]?.end()
    await first
    await Promise.resolve()
    expect(runs).toHaveLength(2)
    runs[1]?.end()
    await Promise.all(waiting)
    const again = turns.run('a', work)
    expect(runs).toHaveLength(3)
    runs[2]?.end()
    await again
  })

  it('starts the next run although the one before failed', async () => {
    const { runs, work } = recordedRuns()
    const turns = new ProducerTurns()
    const first = turns.run('a', work)
    const second = turns.run('a', work)
    runs[0]?.fail(new Error('lost'))
    await expect(first).rejects.toThrow('lost')
    await Promise.resolve()
    runs[1]?.end()
    await expect(second).resolves.toBeUndefined()
  })

  it('does not let one key wait for another', () => {
    const { runs, work } = recordedRuns()
    const turns = new ProducerTurns()
    void turns.run('a', work)
    void turns.run('b', work)
    expect(runs).toHaveLength(2)
  })
})
