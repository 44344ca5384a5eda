import { CONTROL_PARTITION, FreshetError } from '@freshet/protocol'
import { CHANGES_TOPIC, type LogFollower, type LogReader } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { brokerCheck, CONTACT_COUNTS_MS, type BrokerCheck } from './broker-check.ts'

const away = new FreshetError('broker.unavailable', 'planned')
const signal = AbortSignal.abort()

let nowMs: number
let calls: string[]
let trouble: FreshetError | undefined
let isAway: boolean
/** The follower that the broker answers. */
let follower: LogFollower
let broker: BrokerCheck

beforeEach(() => {
  nowMs = 0
  calls = []
  trouble = undefined
  isAway = false
  const ask = async (what: string): Promise<never[]> => {
    calls.push(what)
    if (isAway) throw away
    return []
  }
  const reader = {
    bounds: (topic: string, partitions: readonly number[]) => ask(`${topic} ${partitions.join()}`),
    follow: async (_topic: string, _from: unknown, given: LogFollower) => {
      follower = given
    },
  } as unknown as LogReader & { close(): Promise<void> }
  const kafka = { reader: () => reader, check: () => ask('versions'), trouble: () => trouble }
  broker = brokerCheck(kafka, { monotonicMs: () => nowMs })
})

/** Lets the recorder follow a partition, whose leader answers once. */
async function follow(partition: number): Promise<string[]> {
  const received: string[] = []
  const own: LogFollower = {
    onRecords: (of, records, end) => void received.push(`${of} ${records.length} ${end}`),
    onOffsetLost: () => 7n,
    onTrouble: ({ code }) => received.push(code),
  }
  await broker.reader.follow(CHANGES_TOPIC, new Map([[partition, 0n]]), own, signal)
  await follower.onRecords(partition, [], 9n)
  return received
}

const BOTH = [`${CHANGES_TOPIC} ${CONTROL_PARTITION}`, 'versions']

describe('the check that the broker answers', () => {
  it('asks nothing while an answer for the control partition counts', async () => {
    expect(await follow(CONTROL_PARTITION)).toEqual([`${CONTROL_PARTITION} 0 9`])
    nowMs += CONTACT_COUNTS_MS - 1
    await broker.check()
    expect(calls).toEqual([])
  })

  it('asks once the answer is older, and where there was none', async () => {
    await broker.check()
    expect(calls).toEqual(BOTH)
    await follow(CONTROL_PARTITION)
    nowMs += CONTACT_COUNTS_MS
    isAway = true
    await expect(broker.check()).rejects.toBe(away)
  })

  it('asks whatever the leaders of other partitions answer', async () => {
    await follow(CONTROL_PARTITION + 1)
    await broker.check()
    expect(calls).toEqual(BOTH)
  })

  it('asks at once after reading failed', async () => {
    const received = await follow(CONTROL_PARTITION)
    follower.onTrouble?.(away)
    await broker.check()
    expect(calls).toEqual(BOTH)
    expect(received.at(-1)).toBe('broker.unavailable')
  })

  it('asks while a person must end a trouble, although the broker answers', async () => {
    await follow(CONTROL_PARTITION)
    trouble = new FreshetError('broker.denied', 'planned')
    await broker.check()
    expect(calls).toEqual(BOTH)
  })
})
