import { beforeEach, describe, expect, it } from 'vitest'
import { createCoalescedFetch, type CoalescedFetch, type QuietFetch } from './coalesced-fetch.ts'
import { ByteReader } from '../protocol/byte-reader.ts'
import type { BrokerHandle } from '../client/internals.ts'

type Outcome = 'answers' | 'refuses 2' | 'is closed' | 'is late' | 'waits'

let coalescedFetch: CoalescedFetch
/** The partitions of each request, behind the name of its connection. */
let requests: string[]
let outcome: (connection: string, partitions: readonly number[]) => Outcome
let ended: AbortController

beforeEach(() => {
  coalescedFetch = createCoalescedFetch()
  requests = []
  outcome = () => 'answers'
  ended = new AbortController()
})

/** Reads the partitions from the encoded request. */
function partitionsOf(encoded: Buffer): readonly number[] {
  const from = new ByteReader(encoded, 29)
  from.text()
  return Array.from({ length: from.int32() }, () => {
    const partition = from.int32()
    from.at += 24
    return partition
  }).toSorted((a, b) => a - b)
}

function failing(kind: Outcome): Error | undefined {
  if (kind === 'is closed')
    return Object.assign(new Error(kind), { name: 'KafkaJSConnectionClosedError' })
  if (kind === 'is late')
    return Object.assign(new Error(kind), { name: 'KafkaJSRequestTimeoutError' })
  if (kind === 'refuses 2')
    return Object.assign(new Error(kind), { type: 'NOT_LEADER_FOR_PARTITION', partition: 2 })
  return undefined
}

function leader(connection: string, nodeId: number | null = 1): BrokerHandle {
  const send = async ({
    request,
  }: {
    request: { encode: () => Promise<{ buffer: Buffer }> }
  }): Promise<unknown> => {
    const partitions = partitionsOf((await request.encode()).buffer)
    requests.push(`${connection} ${partitions.join()}`)
    const how = outcome(connection, partitions)
    const error = failing(how)
    if (error !== undefined && (how !== 'refuses 2' || partitions.includes(2))) throw error
    if (how === 'waits') return new Promise(() => {})
    return { partitions: partitions.map((partition) => ({ topic: 't', partition })) }
  }
  const known = nodeId === null ? {} : { nodeId }
  return { ...known, connectionPool: { send } } as unknown as BrokerHandle
}

function fetch(partition: number, more: Partial<QuietFetch> = {}): Promise<unknown> {
  const own = { leader: leader(`c${partition}`), topic: 't', signal: ended.signal }
  const pending = coalescedFetch({ ...own, positions: new Map([[partition, 5n]]), ...more })
  return pending.then(
    ({ parts, requested: count }) => `${parts.map((part) => part.partition).join()} of ${count}`,
    (error: unknown) => (error as Error).message,
  )
}

describe('quiet loops', () => {
  it('share one request on the connection of the first, and get the answers for their partitions', async () => {
    expect(await Promise.all([1, 2, 3].map((p) => fetch(p)))).toEqual([
      '1 of 3',
      '2 of 3',
      '3 of 3',
    ])
    expect(requests).toEqual(['c1 1,2,3'])
  })

  it.each<[string, Partial<QuietFetch>]>([
    ['of another leader', { leader: leader('c2', 2) }],
    ['of an unknown leader', { leader: leader('c2', null) }],
    ['of another topic', { topic: 'other' }],
    ['of the same partition', { positions: new Map([[1, 9n]]) }],
  ])('control: one %s asks alone', async (_which, more) => {
    const answers = await Promise.all([fetch(1), fetch(2, more)])
    expect(answers[0]).toBe('1 of 1')
    expect(requests).toHaveLength(2)
  })

  it('ask alone after a refusal, which concerns one partition', async () => {
    outcome = () => 'refuses 2'
    expect(await Promise.all([1, 2, 3].map((p) => fetch(p)))).toEqual([
      '1 of 1',
      'refuses 2',
      '3 of 1',
    ])
    expect(requests).toEqual(['c1 1,2,3', 'c1 1', 'c2 2', 'c3 3'])
  })

  it('lose nothing with the connection of the first: each other one has its own', async () => {
    outcome = (connection) => (connection === 'c1' ? 'is closed' : 'answers')
    expect(await Promise.all([1, 2].map((p) => fetch(p)))).toEqual(['is closed', '2 of 1'])
  })

  it('do not wait twice for a leader that hangs', async () => {
    outcome = () => 'is late'
    expect(await Promise.all([1, 2].map((p) => fetch(p)))).toEqual(['is late', 'is late'])
    expect(requests).toHaveLength(1)
  })

  it('end one by one', async () => {
    outcome = () => 'waits'
    const second = fetch(2, { signal: AbortSignal.any([ended.signal]) })
    const first = fetch(1, { signal: new AbortController().signal })
    ended.abort()
    expect(await Promise.race([first, second])).toBe('The loop has ended.')
  })
})
