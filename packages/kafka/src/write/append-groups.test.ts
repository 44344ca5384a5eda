import { FreshetError } from '@freshet/protocol'
import type { Appended, OutgoingRecord } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { appendGroups, GROUP_LIMITS, type GroupLimits } from './append-groups.ts'

interface Request {
  readonly place: string
  readonly values: readonly string[]
  readonly answer: (appended: Appended) => void
  readonly refuse: (error: unknown) => void
}

/** Returns appends whose requests the test answers. */
function transport(limits: Partial<GroupLimits> = {}) {
  const requests: Request[] = []
  const append = appendGroups(
    (topic, partition, records) =>
      new Promise((answer, refuse) => {
        const values = records.map(({ value }) => String(value))
        requests.push({ place: `${topic}/${partition}`, values, answer, refuse })
      }),
    { ...GROUP_LIMITS, ...limits },
  )
  const at = (partition: number, ...values: readonly string[]): Promise<Appended> =>
    append('t', partition, values.map(recordOf))
  const sent = (): readonly (readonly string[])[] => requests.map(({ values }) => values)
  return { at, requests, sent }
}

function recordOf(value: string): OutgoingRecord {
  return { key: null, value: Buffer.from(value), headers: {} }
}

const appendedAt = (baseOffset: bigint): Appended => ({ baseOffset, appendedAtMs: 5 })
const lost = new FreshetError('broker.unavailable', 'lost')
/** Resolves after the callbacks of promises that have settled before. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('appends of one partition', () => {
  it('wait for the one in flight, and share the next request in their order', async () => {
    const { at, requests, sent } = transport()
    const calls = [at(0, 'a'), at(0, 'b', 'c'), at(0, 'd'), at(0, 'e')]
    expect(sent()).toEqual([['a']])
    requests[0]?.answer(appendedAt(7n))
    await settled()
    expect(sent()).toEqual([['a'], ['b', 'c', 'd', 'e']])
    requests[1]?.answer(appendedAt(20n))
    const offsets = (await Promise.all(calls)).map(({ baseOffset }) => baseOffset)
    expect(offsets).toEqual([7n, 20n, 22n, 23n])
  })

  it('do not wait for those of another partition', () => {
    const { at, requests } = transport()
    void at(0, 'a')
    void at(1, 'b')
    expect(requests.map(({ place }) => place)).toEqual(['t/0', 't/1'])
  })

  it.each([
    ['records', { sharedRecordsMax: 3 }, ['bb', 'cc', 'dd']],
    // Each record has nine bytes.
    ['bytes', { sharedBytesMax: 18 }, ['bb', 'cc']],
  ] as const)('share no more %s than the limit', async (_, limits, sharedValues) => {
    const { at, requests, sent } = transport(limits)
    for (const value of ['aa', 'bb', 'cc', 'dd', 'ee']) void at(0, value)
    requests[0]?.answer(appendedAt(0n))
    await settled()
    expect(sent()[1]).toEqual(sharedValues)
  })

  it('of which one is above the limit travel without others', async () => {
    const { at, requests, sent } = transport({ sharedBytesMax: 20 })
    const large = 'x'.repeat(50)
    for (const value of ['a', 'b', large, 'c']) void at(0, value)
    for (const turn of [0, 1, 2, 3]) {
      requests[turn]?.answer(appendedAt(0n))
      await settled()
    }
    expect(sent()).toEqual([['a'], ['b'], [large], ['c']])
  })
})

describe('a request that fails', () => {
  it('fails all that shared it, is not sent again, and the next ones go on', async () => {
    const { at, requests, sent } = transport()
    void at(0, 'a')
    const shared = Promise.allSettled([at(0, 'b'), at(0, 'c')])
    requests[0]?.answer(appendedAt(0n))
    await settled()
    const later = at(0, 'd')
    requests[1]?.refuse(lost)
    expect(await shared).toEqual([
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ])
    requests[2]?.answer(appendedAt(9n))
    expect((await later).baseOffset).toBe(9n)
    expect(sent()).toEqual([['a'], ['b', 'c'], ['d']])
  })

  it('because the topic refuses it, appended nothing: each is sent alone', async () => {
    const { at, requests, sent } = transport()
    const mismatch = new FreshetError('topic.mismatch', 'too large')
    void at(0, 'a')
    const shared = Promise.allSettled([at(0, 'b'), at(0, 'c')])
    requests[0]?.answer(appendedAt(0n))
    await settled()
    requests[1]?.refuse(mismatch)
    await settled()
    requests[2]?.refuse(mismatch)
    await settled()
    requests[3]?.answer(appendedAt(1n))
    expect(await shared).toEqual([
      { status: 'rejected', reason: mismatch },
      { status: 'fulfilled', value: appendedAt(1n) },
    ])
    expect(sent()).toEqual([['a'], ['b', 'c'], ['b'], ['c']])
  })
})

describe('what is not taken', () => {
  it.each([
    ['calls', { callsMax: 2 }],
    ['bytes', { bytesMax: 16 }],
  ])('are more %s than may wait; the next is taken when there is room', async (_, limits) => {
    const { at, requests } = transport(limits)
    void at(0, 'a')
    void at(0, 'b')
    void at(0, 'c')
    await expect(at(0, 'd')).rejects.toMatchObject({ code: 'limit.reached' })
    requests[0]?.answer(appendedAt(0n))
    await settled()
    const taken = at(0, 'e')
    requests[1]?.answer(appendedAt(1n))
    await settled()
    requests[2]?.answer(appendedAt(3n))
    expect((await taken).baseOffset).toBe(3n)
  })

  it('is a call without a record, which fails alone', async () => {
    const { at, requests } = transport()
    void at(0, 'a')
    await expect(at(0)).rejects.toMatchObject({ code: 'invariant.broken' })
    expect(requests).toHaveLength(1)
  })
})
