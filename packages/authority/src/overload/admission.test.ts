import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { Admission } from './admission.ts'

const limits = { runningMax: 2, waitingMax: 4, waitingPerClientMax: 3 }
let clock: ManualClock
let admission: Admission
beforeEach(() => {
  clock = new ManualClock()
  admission = new Admission({ clock, random: chance(), limits })
})

/** A number by chance that is the same in every run. */
function chance(seed = 7): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Work that a test ends, and what became of it. */
function work(client: string, log: string[] = []): { readonly done: Promise<string>; end(): void } {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  const done = admission
    .run(client, async () => {
      log.push(client)
      await ended
      return 'done'
    })
    .catch((error: unknown) => (error instanceof FreshetError ? error.code : 'failed'))
  return { done, end: () => end() }
}
const settle = (): Promise<void> => clock.advance(0)

describe('Admission', () => {
  it('lets no more run and wait than its limits', async () => {
    const all = ['a', 'a', 'a', 'a', 'a', 'b', 'b'].map((client) => work(client))
    expect(admission.load('a')).toEqual({ running: 2, waiting: 4, ofClient: 3 })
    expect(await all[6]?.done).toBe('limit.reached')
    for (const each of all) each.end()
    const answers = await Promise.all(all.map(({ done }) => done))
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(6)
    expect(admission.load('a')).toEqual({ running: 0, waiting: 0, ofClient: 0 })
  })

  it('keeps places for others while one client storms', async () => {
    const storm = Array.from({ length: 6 }, () => work('storm'))
    expect(await storm[5]?.done).toBe('limit.reached')
    const other = work('other')
    for (const each of [...storm, other]) each.end()
    expect(await other.done).toBe('done')
  })

  it('serves no client twice while another waits for a first turn, in any order of arrival', async () => {
    const client = fc.constantFrom('a', 'b', 'c', 'd')
    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: 1, maxLength: 12 }), async (clients) => {
        const places = { runningMax: 1, waitingMax: 12, waitingPerClientMax: 12 }
        admission = new Admission({ clock, random: chance(), limits: places })
        const log: string[] = []
        const first = work('first', log)
        const all = clients.map((each) => work(each, log))
        for (const each of [first, ...all]) each.end()
        await Promise.all(all.map(({ done }) => done))
        const [, ...served] = log
        expect([...served].sort()).toEqual([...clients].sort())
        for (const [at, each] of served.entries()) {
          const before = served.slice(0, at)
          const turns = before.filter((other) => other === each).length
          for (const other of new Set(served.slice(at))) {
            expect(before.filter((who) => who === other).length).toBeGreaterThanOrEqual(
              Math.min(turns, clients.filter((who) => who === other).length),
            )
          }
        }
      }),
    )
  })

  it('lets clients that wait take turns', async () => {
    const log: string[] = []
    const all = ['a', 'a', 'a', 'a', 'a', 'b'].map((client) => work(client, log))
    all[0]?.end()
    await settle()
    all[1]?.end()
    await settle()
    // Of the four that waited b came last, and had to wait for one only.
    expect(log).toEqual(['a', 'a', 'a', 'b'])
    for (const each of all) each.end()
    await Promise.all(all.map(({ done }) => done))
  })

  it('computes it from the rate while every place is taken, not from the needs of a few', async () => {
    const worker = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await admission.run('a', () => clock.sleep(4))
    }
    const waitOf = async (count: number): Promise<number> => {
      const refused = Array.from({ length: count }, () => admission.run('a', () => settle()))
      const last = (await Promise.allSettled(refused)).at(-1)
      return last?.status === 'rejected' ? ((last.reason as FreshetError).retryAfterMs ?? 0) : 0
    }
    const guessed = await waitOf(1_000)
    const few = worker(500)
    await clock.advance(500 * 4)
    await few
    expect(await waitOf(1_000)).toBeLessThan(3 * guessed)
    await clock.advance(60_000)
    const many = Array.from({ length: 5 }, () => worker(500))
    await clock.advance(5 * 500 * 2)
    await Promise.all(many)
    // Two at once of 4 ms each: a thousand take two seconds and a bit.
    const measured = await waitOf(1_000)
    expect(measured).toBeGreaterThan(1_500)
    expect(measured).toBeLessThan(4_000)
  })

  it('gives a place back whatever became of the work', async () => {
    const failed = new Error('no')
    for (let n = 0; n < 10; n += 1) {
      await expect(admission.run('a', () => Promise.reject(failed))).rejects.toBe(failed)
    }
    expect(admission.load('a')).toEqual({ running: 0, waiting: 0, ofClient: 0 })
  })
})

describe('a crowd that comes at once and obeys', () => {
  const MINT_MS = 10
  const CROWD = 3_000
  beforeEach(() => {
    const some = { runningMax: 2, waitingMax: 16, waitingPerClientMax: 12 }
    admission = new Admission({ clock, random: chance(), limits: some })
  })

  interface Visit {
    readonly atMs: number
    readonly attempts: number
  }

  /** One client. A second of arrivals, fifteen times as fast as they can be served. */
  async function visit(index: number, waitOf: (advisedMs: number) => number): Promise<Visit> {
    await clock.sleep((index * 1_000) / CROWD)
    for (let attempts = 1; ; attempts += 1) {
      try {
        await admission.run('web', () => clock.sleep(MINT_MS))
        return { atMs: clock.monotonicMs(), attempts }
      } catch (error) {
        if (!(error instanceof FreshetError) || error.retryAfterMs === undefined) throw error
        await clock.sleep(waitOf(error.retryAfterMs))
      }
    }
  }
  /** The value of the header: whole seconds. */
  const obey = (advisedMs: number): number => Math.ceil(advisedMs / 1_000) * 1_000
  const crowd = (waitOf = obey): Promise<readonly Visit[]> =>
    Promise.all(Array.from({ length: CROWD }, (_, index) => visit(index, waitOf)))
  const attemptsOf = (
    visits: readonly Visit[],
  ): { readonly mean: number; readonly max: number } => {
    const attempts = visits.map((each) => each.attempts)
    const mean = attempts.reduce((sum, each) => sum + each, 0) / attempts.length
    return { mean, max: Math.max(...attempts) }
  }

  it('has its tokens, every one of it, in about the time that minting them takes', async () => {
    const visits = crowd()
    // 2 at once of 10 ms each: 200 a second.
    const leastMs = (CROWD * MINT_MS) / 2
    await clock.advance(leastMs * 3)
    const all = await visits
    expect(all).toHaveLength(CROWD)
    expect(Math.max(...all.map(({ atMs }) => atMs))).toBeLessThan(leastMs * 3)
  })

  it('comes back spread out: few are refused twice, and none again and again', async () => {
    const visits = crowd()
    await clock.advance(45_000)
    const obeyed = attemptsOf(await visits)
    expect(obeyed.max).toBeLessThanOrEqual(6)
    expect(obeyed.mean).toBeLessThan(3)
  })

  it('would come again and again if everybody came back after a second (control)', async () => {
    const visits = crowd(() => 1_000)
    await clock.advance(60_000)
    expect(attemptsOf(await visits).mean).toBeGreaterThan(5)
  })
})
