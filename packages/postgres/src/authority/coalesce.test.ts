import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { toDatabaseError } from '../connection/errors.ts'
import { coalesce, COALESCED_APART_MS, COALESCED_MAX } from './coalesce.ts'

/** Queries below a thousand are of one tenant, and each further thousand of another. */
const tenantOf = (query: number): string => `tenant ${Math.floor(query / 1_000)}`

/** A server whose statements are answered by hand, in the order in which they came. */
function fakeServer(refuses: (query: number) => boolean = () => false) {
  const statements: { readonly queries: readonly number[]; readonly answer: () => void }[] = []
  const ask = coalesce({
    tenantOf,
    run: (_, queries: readonly number[]) =>
      new Promise<readonly string[]>((resolve, reject) => {
        const refusal = toDatabaseError({ code: '22P05', message: 'no text' }, 'ask')
        const answer = (): void =>
          queries.some(refuses) ? reject(refusal) : resolve(queries.map((query) => `of ${query}`))
        statements.push({ queries, answer })
      }),
  })
  const sent = (): readonly (readonly number[])[] => statements.map(({ queries }) => queries)
  const answerNext = async (): Promise<void> => {
    await expect.poll(() => statements.length).toBeGreaterThan(0)
    statements.shift()?.answer()
  }
  return { ask, sent, answerNext }
}

describe('calls that are made at the same time', () => {
  it('share a statement, and each gets the answer to its own query', async () => {
    const { ask, answerNext } = fakeServer()
    const answers = Promise.all([ask(1), ask(2), ask(3)])
    await answerNext()
    expect(await answers).toEqual(['of 1', 'of 2', 'of 3'])
  })

  it('wait for the statement that is on the way, and then leave in one', async () => {
    const { ask, sent, answerNext } = fakeServer()
    const first = ask(1)
    await expect.poll(sent).toEqual([[1]])
    const others = Promise.all([ask(2), ask(3)])
    expect(sent()).toEqual([[1]])
    await answerNext()
    expect(await first).toBe('of 1')
    await expect.poll(sent).toEqual([[2, 3]])
    await answerNext()
    expect(await others).toEqual(['of 2', 'of 3'])
  })

  it('ask again in one statement after they were answered by one', async () => {
    const { ask, sent, answerNext } = fakeServer()
    const twice = async (query: number): Promise<string> => ask(query).then(() => ask(query * 10))
    const done = Promise.all([twice(1), twice(2)])
    await answerNext()
    await expect.poll(sent).toEqual([[10, 20]])
    await answerNext()
    expect(await done).toEqual(['of 10', 'of 20'])
  })

  it('share none with those of another tenant, who leave beside them', async () => {
    const { ask, sent, answerNext } = fakeServer()
    const answers = Promise.all([ask(1), ask(1_001), ask(2)])
    await expect.poll(sent).toEqual([[1, 2], [1_001]])
    await answerNext()
    await answerNext()
    expect(await answers).toEqual(['of 1', 'of 1001', 'of 2'])
  })

  it('are never more in a statement than its limit', async () => {
    const { ask, sent, answerNext } = fakeServer()
    const all = Promise.all(Array.from({ length: COALESCED_MAX + 1 }, (_, query) => ask(query)))
    await expect.poll(() => sent()[0]?.length).toBe(COALESCED_MAX)
    await answerNext()
    await answerNext()
    expect(await all).toHaveLength(COALESCED_MAX + 1)
  })
})

describe('statements that are kept apart', () => {
  it('share a statement within a few milliseconds; after a quiet time no call waits', async () => {
    const clock = new ManualClock()
    const sent: (readonly number[])[] = []
    const run = (_: string, queries: readonly number[]): Promise<readonly number[]> => {
      sent.push(queries)
      return Promise.resolve(queries)
    }
    const ask = coalesce({ tenantOf, run, timer: clock })
    expect(await ask(1)).toBe(1)
    const others = [ask(2)]
    await expect.poll(() => clock.sleeping).toBe(1)
    await clock.advance(COALESCED_APART_MS - 1)
    others.push(ask(3))
    expect(sent).toEqual([[1]])
    await clock.advance(1)
    expect(await Promise.all(others)).toEqual([2, 3])
    await clock.advance(COALESCED_APART_MS)
    expect(await ask(4)).toBe(4)
    expect(sent).toEqual([[1], [2, 3], [4]])
    expect(clock.sleeping).toBe(0)
  })
})

describe('a statement that is refused', () => {
  it('fail the one call whose question fails', async () => {
    const { ask, sent, answerNext } = fakeServer((query) => query === 2)
    const settled = Promise.allSettled([ask(1), ask(2), ask(3)])
    for (const expected of [[1, 2, 3], [1], [2], [3]]) {
      await expect.poll(sent).toEqual([expected])
      await answerNext()
    }
    expect((await settled).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  it('fail no other tenant for the error of one', async () => {
    const { ask, sent, answerNext } = fakeServer((query) => query === 1_001)
    const settled = Promise.allSettled([ask(1), ask(1_001), ask(2)])
    await expect.poll(sent).toEqual([[1, 2], [1_001]])
    await answerNext()
    await answerNext()
    expect((await settled).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  it('because the database is away fails all of them at once: what became of it is unknown', async () => {
    let statements = 0
    const run = (): Promise<never> => {
      statements += 1
      return Promise.reject(new FreshetError('database.unavailable', 'No answer.'))
    }
    const ask = coalesce<number, number>({ tenantOf, run })
    const settled = await Promise.allSettled([ask(1), ask(2)])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(statements).toBe(1)
    await expect(ask(3)).rejects.toMatchObject({ code: 'database.unavailable' })
  })
})
