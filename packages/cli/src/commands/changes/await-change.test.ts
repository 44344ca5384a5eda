import { ProblemError } from '@freshet/source/problem'
import { describe, expect, it } from 'vitest'
import { fixedChange } from '../../../test/fixed-status.ts'
import { awaitChange, hasReached, type Awaited } from './await-change.ts'

const awaited: Awaited = {
  id: 'hr-1',
  source: 'hr',
  tenant: 'acme',
  state: 'applied',
  timeoutMs: 5_000,
}
const running = new AbortController().signal
const answers = (...states: (Parameters<typeof fixedChange>[0] | undefined)[]) => {
  const left = [...states]
  return {
    change() {
      const more = left.length > 1 ? left.shift() : left[0]
      const answer = { apiVersion: 'freshet.dev/v1', items: [fixedChange(more)] }
      return Promise.resolve(more === undefined ? undefined : answer)
    },
  }
}

describe('waiting for a change', () => {
  it('goes on until it is recorded, published and applied', async () => {
    const client = answers(undefined, { state: 'pending' }, { state: 'published' }, {})
    expect((await awaitChange(awaited, client, running)).state).toBe('applied')
  })

  it('ends with a change that takes nothing away once it is recorded', async () => {
    const client = answers({ state: 'recorded', tightened: false })
    expect((await awaitChange(awaited, client, running)).state).toBe('recorded')
  })

  it('is not satisfied by a change of that id of another source or tenant', async () => {
    const client = answers({ source: 'iga' })
    const waiting = awaitChange({ ...awaited, timeoutMs: 1 }, client, running)
    await expect(waiting).rejects.toMatchObject({
      kind: 'unreachable',
      why: 'it is not recorded yet',
    })
  })

  it('ends unreachable when the time is over, and reports its progress', async () => {
    const [first, second] = fixedChange().edges
    const edges = [first, { ...second, appliedAt: null }] as never
    const client = answers({ state: 'published', edges })
    const waiting = awaitChange({ ...awaited, timeoutMs: 1 }, client, running)
    await expect(waiting).rejects.toMatchObject({
      kind: 'unreachable',
      why: 'it is published, edges 1/2',
      next: 'freshet change explain hr-1',
    })
  })

  it('asks a console again that was away for a moment', async () => {
    const client = answers({})
    let left = 2
    const flaky = {
      change: () => (left-- > 0 ? Promise.reject(new TypeError('fetch failed')) : client.change()),
    }
    expect((await awaitChange(awaited, flaky, running)).state).toBe('applied')
  })

  it('keeps its time when the console hangs, and names the change', async () => {
    const hanging = {
      change: (_: string, until?: AbortSignal) =>
        new Promise<never>((_resolve, reject) =>
          until?.addEventListener('abort', () => reject(until.reason)),
        ),
    }
    const waiting = awaitChange({ ...awaited, timeoutMs: 20 }, hanging, running)
    await expect(waiting).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'hr-1 was not applied within 20 ms.',
      why: 'it is in the topic, but the console does not answer',
    })
  })

  it('does not go on where the console refuses', async () => {
    const refused = new ProblemError(401, 'request.unauthenticated', 'No.')
    const refusing = { change: () => Promise.reject(refused) }
    await expect(awaitChange(awaited, refusing, running)).rejects.toBe(refused)
  })

  it('ends with an error when it is interrupted: nothing was applied', async () => {
    const client = answers(undefined)
    const waiting = awaitChange(awaited, client, AbortSignal.abort())
    await expect(waiting).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it.each([
    ['pending', [true, false, false]],
    ['published', [true, true, false]],
    ['applied', [true, true, true]],
    ['recorded', [true, true, true]],
  ] as const)('takes %s for recorded, published, applied: %j', (state, reached) => {
    const states = ['recorded', 'published', 'applied'] as const
    expect(states.map((each) => hasReached(state, each))).toEqual(reached)
  })
})
