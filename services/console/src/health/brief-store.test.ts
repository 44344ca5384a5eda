import { FreshetError } from '@freshet/protocol'
import type { StateStore } from '@freshet/insight'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { briefStore } from './brief-store.ts'

const never = (): Promise<never> => new Promise(() => {})
const away = new FreshetError('database.unavailable', 'planned')

let clock: ManualClock
let outcome: unknown
beforeEach(() => {
  clock = new ManualClock()
  outcome = 'none yet'
})

/** Reads the number of uncounted edges; the time of its outcome counts from here. */
function read(first: () => Promise<number>, second: () => Promise<number>): void {
  const storeOf = (uncountedEdges: () => Promise<number>): StateStore =>
    ({ uncountedEdges }) as unknown as StateStore
  const note = (what: unknown): void => {
    outcome = `${what instanceof FreshetError ? what.code : String(what)} after ${clock.monotonicMs()} ms`
  }
  void briefStore(storeOf(first), storeOf(second), clock).uncountedEdges(0).then(note, note)
}
const after = (ms: number, value: number) => () => clock.sleep(ms).then(() => value)

describe('a read of the verdict', () => {
  it('is unavailable where the database answers on no connection for a second', async () => {
    read(never, never)
    await clock.advance(999)
    expect(outcome).toBe('none yet')
    await clock.advance(1)
    expect(outcome).toBe('database.unavailable after 1000 ms')
  })

  it('control: is answered by a second connection where the first one waits', async () => {
    read(never, after(10, 2))
    await clock.advance(1_000)
    expect(outcome).toBe('2 after 510 ms')
  })

  it('control: is answered by a first one that is slow, also where the second one fails', async () => {
    read(after(900, 1), () => Promise.reject(away))
    await clock.advance(1_000)
    expect(outcome).toBe('1 after 900 ms')
  })

  it('takes one connection where the first is not slow', async () => {
    let reads = 0
    const second = (): Promise<number> => Promise.resolve((reads += 1))
    read(after(400, 1), second)
    await clock.advance(2_000)
    expect([outcome, reads]).toEqual(['1 after 400 ms', 0])
  })

  it('fails at once where the database refuses it', async () => {
    read(() => Promise.reject(away), after(0, 2))
    await clock.advance(0)
    expect(outcome).toBe('database.unavailable after 0 ms')
  })
})
