import { describe, expect, it } from 'vitest'
import { kafkaRevocations } from './kafka-revocations.ts'

const brokers = ['127.0.0.1:1']

describe('feeds of edges in one process', () => {
  it('share reader and writer where they were made alike, until the last one closes', async () => {
    const one = kafkaRevocations({ brokers })
    const other = kafkaRevocations({ brokers: [...brokers] })
    expect(other.reader).toBe(one.reader)
    expect(other.reports).toBe(one.reports)
    await one.close?.()
    await one.close?.()
    const third = kafkaRevocations({ brokers })
    expect(third.reader).toBe(other.reader)
    await other.close?.()
    await third.close?.()
    const later = kafkaRevocations({ brokers })
    expect(later.reader).not.toBe(other.reader)
    await later.close?.()
  })

  it('share nothing where anything differs: brokers, name, credentials, who hears the client', async () => {
    const sasl = { mechanism: 'plain' as const, username: 'u', password: 'p' }
    const feeds = [
      { brokers },
      { brokers: ['127.0.0.1:2'] },
      { brokers, clientId: 'other' },
      { brokers, tls: true as const },
      { brokers, sasl },
      { brokers, sasl: { ...sasl, password: 'q' } },
      { brokers, log: () => undefined },
      { brokers, log: () => undefined },
    ].map((options) => kafkaRevocations(options))
    expect(new Set(feeds.map(({ reader }) => reader)).size).toBe(feeds.length)
    for (const feed of feeds) await feed.close?.()
  })
})
