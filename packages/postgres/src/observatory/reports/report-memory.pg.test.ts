import type { ObservatoryStore, ReceivedReport } from '@freshet/insight'
import { ManualClock, sliReport } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { postgresObservatoryStore } from '../observatory-store.ts'

let fresh: FreshDatabase
let one: ObservatoryStore
let other: ObservatoryStore
beforeAll(async () => {
  fresh = await freshDatabase()
  const store = (): ObservatoryStore => postgresObservatoryStore(fresh.system, new ManualClock())
  ;[one, other] = [store(), store()]
})
afterAll(() => fresh.drop())

const received = (edge: string, n: number): ReceivedReport => {
  return { report: sliReport({ edge, start: 'a', n }), reportedAtMs: 10_000 + n * 1_000 }
}
const counted = async (store: ObservatoryStore, ...reports: ReceivedReport[]): Promise<number> =>
  (await store.record(reports)).counted.length

describe('a store of reports keeps its rows', () => {
  it('and counts none that another kept meanwhile', async () => {
    expect(await counted(one, received('a', 0))).toBe(1)
    expect(await counted(one, received('a', 1))).toBe(1)
    expect(await counted(other, received('a', 1), received('a', 2))).toBe(1)
    expect(await counted(one, received('a', 2))).toBe(0)
    expect(await counted(one, received('a', 3))).toBe(1)
  })

  it('and knows a name that another saw signed meanwhile', async () => {
    const signer = { client: 'payments-edge', kid: 'k1' }
    const signed = { ...received('c', 1), proof: { kind: 'signed', signer } } as const
    expect(await counted(one, received('c', 0))).toBe(1)
    expect(await counted(other, signed)).toBe(1)
    const { ignored } = await one.record([received('c', 2)])
    expect(ignored).toEqual([{ edge: 'c', refusal: 'unsigned' }])
  })

  it('until one fails, and until what is old was forgotten', async () => {
    expect(await counted(one, received('b', 0))).toBe(1)
    const { report, reportedAtMs } = received('b', 1)
    const unstorable = { report: { ...report, version: '\0' }, reportedAtMs }
    await expect(one.record([unstorable])).rejects.toMatchObject({ code: 'event.malformed' })
    expect(await counted(one, received('b', 0), received('b', 1))).toBe(1)
    await other.forget(1_000_000)
    expect(await counted(one, received('b', 1))).toBe(1)
    expect((await one.edges(0)).map(({ edge }) => edge)).toEqual(['b'])
  })
})
