import { describe, expect, it } from 'vitest'
import { UsedAssertions, type SourceUse, type SourceUseStore } from './used-assertions.ts'

const use = (jti: string): SourceUse => ({ source: 'hr', jti, expMs: 60_000 })

/** Returns a store that answers when the test lets it. */
function heldStore() {
  const calls: { readonly uses: readonly SourceUse[]; readonly answer: (ok: boolean) => void }[] =
    []
  const store: SourceUseStore = {
    use: (uses) =>
      new Promise((resolve, reject) => {
        const answer = (ok: boolean): void =>
          ok ? resolve(uses.map(({ jti }) => jti !== 'known')) : reject(new Error('away'))
        calls.push({ uses, answer })
      }),
    forgetBefore: () => Promise.resolve(0),
  }
  return { store, calls }
}

describe('assertions that any gateway used', () => {
  it('share a call of the store while another one runs, and are answered each by itself', async () => {
    const { store, calls } = heldStore()
    const used = new UsedAssertions(store)
    const first = used.use(use('a'))
    const others = Promise.allSettled([used.use(use('b')), used.use(use('known'))])
    expect(calls).toHaveLength(1)
    calls[0]?.answer(true)
    await first
    await expect.poll(() => calls.length).toBe(2)
    expect(calls[1]?.uses.map(({ jti }) => jti)).toEqual(['b', 'known'])
    calls[1]?.answer(true)
    expect(await others).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'event.unauthentic' } },
    ])
  })

  it('are refused where the store fails, and the next call is made', async () => {
    const { store, calls } = heldStore()
    const used = new UsedAssertions(store)
    const failing = used.use(use('a'))
    calls[0]?.answer(false)
    await expect(failing).rejects.toThrow('away')
    const next = used.use(use('b'))
    calls[1]?.answer(true)
    await expect(next).resolves.toBeUndefined()
  })

  it('wait in a bounded number', async () => {
    const { store, calls } = heldStore()
    const used = new UsedAssertions(store)
    const all = Array.from({ length: 10_001 }, (_, n) => used.use(use(`${n}`)))
    await expect(used.use(use('more'))).rejects.toMatchObject({ code: 'limit.reached' })
    let answered = 0
    const settled = Promise.all(all)
    const answerAll = (): number => {
      for (; answered < calls.length; answered += 1) calls[answered]?.answer(true)
      return answered
    }
    await expect.poll(answerAll).toBe(21)
    await settled
  })
})
