import { CONTROL_PARTITION, DENIAL_SKEW_MS } from '@freshet/protocol'
import type { LiveRows, PublisherStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { liveRowsOf } from './live-rows.ts'
import { own, PARTITION, record, valueText } from './publisher-rows.ts'
import type { PlantedDenial, PublisherUnderTest } from './publisher-under-test.ts'

const KEPT_MS = 4_200_000
/** The time that a slow machine takes for a test. */
const SLACK_MS = 60_000

/** Checks every {@link PublisherStore} for a publisher that starts anew. */
export function registerPublisherRoots(
  name: string,
  make: () => Promise<PublisherUnderTest>,
): void {
  describe(`publisher store: ${name}: roots`, () => {
    let under: PublisherUnderTest
    let store: PublisherStore
    beforeEach(async () => {
      under = await make()
      store = under.store
    })

    test('to start anew, every live watermark is there, and rows that wait go on waiting (rule 49)', async () => {
      const generation = await own(store)
      await under.addWatermarks(PARTITION, [record('live')])
      await under.addRow(PARTITION, record('waiting'), 'c1')
      const status = await store.readLive(PARTITION, (live) => Promise.resolve(live.status))
      expect(status).toMatchObject({ partition: PARTITION, generation, e: 1n, head: null })
      expect((await liveRowsOf(store, PARTITION)).map(valueText)).toEqual(['live'])
      expect((await store.snapshot(PARTITION)).rows.map(valueText)).toEqual(['waiting'])
    })

    test('what is alive is read in steps of one snapshot: each row once, and none that comes meanwhile (rule 49)', async () => {
      await own(store)
      const names = Array.from({ length: 2 * under.stepRows + 1 }, (_, n) => `w${n}`)
      await under.addWatermarks(PARTITION, names.map(record))
      const found: string[][] = []
      await store.readLive(PARTITION, async ({ steps }) => {
        for await (const rows of steps) {
          if (found.length === 0) await under.addWatermarks(PARTITION, [record('x-late')])
          found.push(rows.map(valueText))
        }
      })
      expect(found.flat().toSorted()).toEqual(names.toSorted())
      expect(Math.max(...found.map(({ length }) => length))).toBe(under.stepRows)
    })

    test('a reading ends with its use, whatever that comes to', async () => {
      await own(store)
      const names = Array.from({ length: 2 * under.stepRows + 1 }, (_, n) => `w${n}`)
      await under.addWatermarks(PARTITION, names.map(record))
      const firstOf = ({ steps }: LiveRows): Promise<unknown> =>
        steps[Symbol.asyncIterator]().next()
      await expect(store.readLive(PARTITION, firstOf)).resolves.toMatchObject({ done: false })
      const failing = store.readLive(PARTITION, async ({ steps }) => {
        for await (const rows of steps) throw new Error(`${rows.length > 0} failure`)
      })
      await expect(failing).rejects.toThrow('failure')
      expect(await liveRowsOf(store, PARTITION)).toHaveLength(names.length)
    })

    test('to start anew, the denials that judge living tokens are there and no others (rules 25 and 49)', async () => {
      const live = under.keeping(KEPT_MS)
      await live.take(CONTROL_PARTITION, 'a')
      const late = KEPT_MS + SLACK_MS
      const early = KEPT_MS - SLACK_MS
      const plant = (id: string, more: Omit<PlantedDenial, 'id' | 'record'>): Promise<void> =>
        under.addDenial({ id, record: record(id), ...more })
      await plant('key', { kind: 'key', ageMs: late })
      await plant('issuer', { kind: 'issuer', ageMs: late })
      await plant('session', { kind: 'session', ageMs: early })
      await plant('token', { kind: 'token', ageMs: early })
      const ended = { kind: 'token', ageMs: 0, endsInMs: SLACK_MS - DENIAL_SKEW_MS } as const
      await plant('just ended', ended)
      await plant('old session', { kind: 'session', ageMs: late })
      await plant('old token', { kind: 'token', ageMs: late })
      await plant('old token with an end', { kind: 'token', ageMs: late, endsInMs: KEPT_MS })
      await plant('long ended', { ...ended, endsInMs: -SLACK_MS - DENIAL_SKEW_MS })
      const liveTexts = async (partition: number): Promise<readonly string[]> => {
        const rows = await liveRowsOf(live, partition)
        return rows
          .flatMap((row) => (row.permanent?.kind === 'map' ? [] : valueText(row)))
          .toSorted()
      }
      const living = ['issuer', 'just ended', 'key', 'session', 'token']
      expect(await liveTexts(CONTROL_PARTITION)).toEqual(living)
      await live.take(PARTITION, 'a')
      expect(await liveTexts(PARTITION)).toEqual([])
    })
  })
}
