import type { OutgoingRecord } from '@freshet/wire'
import { expect, it } from 'vitest'
import { PRODUCE_BYTES_MAX, PRODUCE_RECORDS_MAX, producePending } from './produce-pending.ts'
import type { StampStore } from './stamp-store.ts'

const place = { tenant: 'acme', source: 'hr', partition: 1 }

it('keeps each request below its bytes, in order, and sends what is larger alone', async () => {
  const sizes = [0.4, 0.4, 0.4, 1.5, 0.1, 0.1].map((share) => Math.floor(share * PRODUCE_BYTES_MAX))
  const pending = sizes.map((size, at) => ({
    id: `c${at}`,
    number: BigInt(at + 1),
    record: { key: null, value: new Uint8Array(size), headers: {} },
  }))
  const noted: string[] = []
  const store = {
    unacknowledged: () => Promise.resolve(pending),
    acknowledge: (_at: unknown, landed: readonly { id: string; offset: bigint }[]) => {
      noted.push(...landed.map(({ id, offset }) => `${id}@${offset}`))
      return Promise.resolve()
    },
  } as unknown as StampStore
  const requests: number[] = []
  let baseOffset = 0n
  const writer = {
    append: (_topic: string, _partition: number, records: readonly OutgoingRecord[]) => {
      requests.push(records.length)
      const appended = { baseOffset, appendedAtMs: 0 }
      baseOffset += BigInt(records.length)
      return Promise.resolve(appended)
    },
  }
  await producePending({ store, writer }, 'topic', place, 'all')
  expect(requests).toEqual([2, 1, 1, 2])
  expect(noted).toEqual(['c0@0', 'c1@1', 'c2@2', 'c3@3', 'c4@4', 'c5@5'])
})

it('goes on until nothing is left of what waits', async () => {
  const record = { key: null, value: null, headers: {} }
  let waiting = Array.from({ length: 2 * PRODUCE_RECORDS_MAX + 1 }, (_, at) => ({
    id: `c${at}`,
    number: BigInt(at + 1),
    record,
  }))
  const store = {
    unacknowledged: (_at: unknown, limit: number) => Promise.resolve(waiting.slice(0, limit)),
    acknowledge: (_at: unknown, landed: readonly { id: string }[]) => {
      const ids = new Set(landed.map(({ id }) => id))
      waiting = waiting.filter(({ id }) => !ids.has(id))
      return Promise.resolve()
    },
  } as unknown as StampStore
  const writer = { append: () => Promise.resolve({ baseOffset: 0n, appendedAtMs: 0 }) }
  await producePending({ store, writer }, 'topic', place, 'all')
  expect(waiting).toEqual([])
})
