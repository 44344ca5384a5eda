import { describe, expect, it } from 'vitest'
import { FeedTurns, type Urgency } from './feed-turns.ts'

/** Returns turns whose work notes that it began and ends when the test ends it. */
function stage() {
  const turns = new FeedTurns()
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const start = (name: string, key = 'hr', urgency: Urgency = 'in turn'): Promise<string> =>
    turns.run(key, urgency, () => {
      began.push(name)
      return new Promise((resolve) => ends.set(name, () => resolve(name)))
    })
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { began, start, end, turns }
}

describe('turns at a feed', () => {
  it('are taken one at a time, in the order of asking', async () => {
    const { began, start, end } = stage()
    const all = Promise.all([start('a'), start('b'), start('c')])
    await end('')
    expect(began).toEqual(['a'])
    await end('a')
    expect(began).toEqual(['a', 'b'])
    await end('b')
    await end('c')
    expect(await all).toEqual(['a', 'b', 'c'])
  })

  it('let a heartbeat in before all changes that wait', async () => {
    const { began, start, end } = stage()
    void start('a')
    void start('b')
    void start('heartbeat', 'hr', 'next')
    await end('')
    await end('a')
    expect(began).toEqual(['a', 'heartbeat'])
  })

  it('of one feed do not wait for those of another', async () => {
    const { began, start, end } = stage()
    void start('a', 'hr')
    void start('b', 'iga')
    await end('')
    expect(began).toEqual(['a', 'b'])
  })

  it('go on after work that failed', async () => {
    const { turns } = stage()
    const failed = turns.run('hr', 'in turn', () => Promise.reject(new Error('planned')))
    const after = turns.run('hr', 'in turn', () => Promise.resolve('done'))
    await expect(failed).rejects.toThrow('planned')
    expect(await after).toBe('done')
  })
})
