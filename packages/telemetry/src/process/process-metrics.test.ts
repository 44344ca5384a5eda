import { describe, expect, it } from 'vitest'
import { createMetrics, type Metrics } from '../prometheus/metrics.ts'
import { keyMetrics } from './key-metrics.ts'
import { STORE_CHECK_EVERY_MS, storeMetrics, type StoreParts } from './store-metrics.ts'

const fresh = (): Metrics => createMetrics({ version: '1.2.3', commit: 'abc' })

async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const { text } = await metrics.exposition()
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('the metrics of the stores', () => {
  /** Stores that answer within 20 ms by the clock of the test, unless Kafka is another one. */
  function storesWith(check: () => Promise<unknown> = async () => {}) {
    const at = { nowMs: 0, checks: 0 }
    const parts: StoreParts = {
      clock: { monotonicMs: () => at.nowMs },
      database: {
        async query() {
          at.checks += 1
          at.nowMs += 20
        },
        pool: { totalCount: 5, idleCount: 3, waitingCount: 1 },
      },
      kafka: { check },
    }
    return { at, parts }
  }

  it('have the time of one question to each store, and the connections by state', async () => {
    const metrics = fresh()
    const { at, parts } = storesWith()
    storeMetrics(metrics, parts)
    expect(await samples(metrics, 'freshet_store')).toEqual([
      'freshet_store_round_trip_seconds{store="postgres"} 0.02',
      'freshet_store_round_trip_seconds{store="kafka"} 0.02',
      'freshet_store_answers{store="postgres"} 1',
      'freshet_store_answers{store="kafka"} 1',
    ])
    expect(at.checks).toBe(1)
    expect(await samples(metrics, 'freshet_database_connections')).toEqual([
      'freshet_database_connections{state="busy"} 2',
      'freshet_database_connections{state="idle"} 3',
      'freshet_database_connections{state="waiting"} 1',
    ])
  })

  it('ask again after a while alone, however often they are scraped', async () => {
    const metrics = fresh()
    const { at, parts } = storesWith()
    storeMetrics(metrics, parts)
    await samples(metrics, 'freshet_store')
    await samples(metrics, 'freshet_store')
    expect(at.checks).toBe(1)
    at.nowMs += STORE_CHECK_EVERY_MS
    await samples(metrics, 'freshet_store')
    expect(at.checks).toBe(2)
  })

  it('show a store that fails, and one that hangs, and the others beside them', async () => {
    const metrics = fresh()
    storeMetrics(metrics, storesWith(() => Promise.reject(new Error('away'))).parts)
    const hanging = fresh()
    storeMetrics(hanging, storesWith(() => new Promise(() => {})).parts)
    for (const each of [metrics, hanging])
      expect(await samples(each, 'freshet_store')).toEqual(
        expect.arrayContaining([
          'freshet_store_answers{store="postgres"} 1',
          'freshet_store_round_trip_seconds{store="kafka"} 1',
          'freshet_store_answers{store="kafka"} 0',
        ]),
      )
  })
})

describe('the metric of signing keys', () => {
  const clock = { nowMs: () => 100_000 }

  it('is the age of the key that signs, by set, and follows a rotation', async () => {
    const metrics = fresh()
    const first = { kid: 'tokens-1', addedMs: 0, signsFromMs: 10_000 }
    let keys = [first, { kid: 'tokens-2', addedMs: 20_000 }]
    keyMetrics(metrics, { tokens: () => keys }, clock)
    const shown = () => samples(metrics, 'freshet_signing_key_age_seconds')
    expect(await shown()).toEqual(['freshet_signing_key_age_seconds{set="tokens"} 90'])
    keys = [first, { kid: 'tokens-2', addedMs: 20_000, signsFromMs: 95_000 }]
    expect(await shown()).toEqual(['freshet_signing_key_age_seconds{set="tokens"} 5'])
  })

  it('is absent for a set without times, and for one of which no key is allowed to sign', async () => {
    const metrics = fresh()
    const revoked = { kid: 'audit-1', signsFromMs: 1, revokedMs: 2 }
    keyMetrics(metrics, { stamps: () => [{ kid: 's' }], audit: () => [revoked] }, clock)
    expect(await samples(metrics, 'freshet_signing_key_age_seconds')).toEqual([])
  })
})
