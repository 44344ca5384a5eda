import { EVENT_TYPES, type LogRecord } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { RECORDINGS } from '../recurrence.ts'
import { CATCH_UP_MS, HELD_BYTES_MAX, HeartbeatBatcher, SILENCE_MS } from './heartbeat-batcher.ts'
import { RECORDS_PER_TRANSACTION_MAX } from './record-batch.ts'

let clock: ManualClock
let end: AbortController
/** The offsets of each call. */
let recorded: (readonly number[])[]
let failure: Error | undefined
let failed: unknown[]
let pending: Promise<void>
let held: HeartbeatBatcher

beforeEach(() => {
  clock = new ManualClock()
  end = new AbortController()
  recorded = []
  failed = []
  failure = undefined
  pending = Promise.resolve()
  held = holding()
})

function holding(onSilenceEnded?: () => void): HeartbeatBatcher {
  return new HeartbeatBatcher({
    timer: clock,
    record: (records) => {
      recorded.push(records.map(({ offset }) => Number(offset)))
      return failure === undefined ? pending : Promise.reject(failure)
    },
    onFailed: (error) => failed.push(error),
    onSilenceEnded,
    signal: end.signal,
  })
}

function recordOf(type: string, offset: number): LogRecord {
  const headers = { ce_type: Buffer.from(type) }
  const at = { topic: 't', partition: 0, offset: BigInt(offset), appendedAtMs: 0 }
  return { ...at, headers, key: null, value: Buffer.from('{}') }
}
const heartbeat = (offset: number): LogRecord => recordOf(EVENT_TYPES.heartbeat, offset)
const change = (offset: number): LogRecord => recordOf(EVENT_TYPES.change, offset)

describe('heartbeats that come alone', () => {
  it('are recorded together at the common time', async () => {
    await held.take([heartbeat(1)])
    await clock.advance(RECORDINGS.everyMs / 3)
    await held.take([heartbeat(2), heartbeat(3)])
    expect(recorded).toEqual([])
    await clock.advance(RECORDINGS.everyMs)
    expect(recorded).toEqual([[1, 2, 3]])
    await clock.advance(RECORDINGS.everyMs)
    expect(recorded).toHaveLength(1)
  })

  it('are taken along, before it, by whatever else comes, which waits for nothing', async () => {
    await held.take([heartbeat(1)])
    await held.take([change(2), heartbeat(3)])
    expect(recorded).toEqual([[1, 2, 3]])
  })

  it('are held in a bounded number', async () => {
    await held.take(Array.from({ length: RECORDS_PER_TRANSACTION_MAX }, (_, n) => heartbeat(n)))
    expect(recorded).toHaveLength(1)
  })

  it('for many tenants are held, too, in a bounded number of bytes', async () => {
    const long = { ...recordOf(EVENT_TYPES.heartbeats, 1), value: Buffer.alloc(HELD_BYTES_MAX / 2) }
    await held.take([long])
    expect(recorded).toEqual([])
    await held.take([{ ...long, offset: 2n }])
    expect(recorded).toEqual([[1, 2]])
    await held.take([{ ...long, offset: 3n }])
    expect(recorded).toHaveLength(1)
  })

  it('are not recorded once they are dropped; the result is whether they must be read again', async () => {
    await held.take([heartbeat(1)])
    expect(await held.drop()).toBe(true)
    expect(await held.drop()).toBe(false)
    await clock.advance(2 * RECORDINGS.everyMs)
    expect(recorded).toEqual([])
  })

  it('are dropped only when what is being recorded is recorded: it belongs to the log as it was', async () => {
    let finish = (): void => undefined
    pending = new Promise((resolve) => {
      finish = resolve
    })
    await held.take([heartbeat(1)])
    await clock.advance(2 * RECORDINGS.everyMs)
    expect(recorded).toEqual([[1]])
    let isDropped = false
    const dropping = held.drop().then(() => {
      isDropped = true
    })
    await clock.advance(0)
    expect(isDropped).toBe(false)
    finish()
    await dropping
    expect(isDropped).toBe(true)
  })

  it('report an error that no caller awaits; the next call fails, too', async () => {
    failure = new Error('the schema is another')
    await held.take([heartbeat(1)])
    await clock.advance(2 * RECORDINGS.everyMs)
    expect(failed).toEqual([failure])
    await expect(held.take([change(2)])).rejects.toBe(failure)
  })
})

describe('heartbeats after a silence', () => {
  /** The recorded offsets at each report of the end of a silence. */
  let ends: (readonly (readonly number[])[])[]

  beforeEach(async () => {
    ends = []
    held = holding(() => ends.push([...recorded]))
    await held.take([heartbeat(1)])
  })

  it('are recorded at once, and then reported to the publisher', () => {
    expect(recorded).toEqual([[1]])
    expect(ends).toEqual([[[1]]])
  })

  it('are recorded at once for a while, because each source sends its first one at its own time', async () => {
    await clock.advance(CATCH_UP_MS - 1)
    await held.take([heartbeat(2)])
    expect(ends).toEqual([[[1]], [[1], [2]]])
  })

  it('control: are held again while sources send as usual', async () => {
    await clock.advance(CATCH_UP_MS)
    for (const offset of [2, 3]) {
      await held.take([heartbeat(offset)])
      expect(recorded.flat()).not.toContain(offset)
      await clock.advance(SILENCE_MS)
    }
    expect(recorded).toEqual([[1], [2], [3]])
    expect(ends).toHaveLength(1)
  })

  it('are held where no publisher would be woken', async () => {
    held = holding()
    recorded = []
    await held.take([heartbeat(1)])
    expect(recorded).toEqual([])
  })
})
