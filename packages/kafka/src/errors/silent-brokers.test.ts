import { describe, expect, it } from 'vitest'
import { LEADER_AVOIDED_MS, SilentBrokers } from './silent-brokers.ts'

const at = { ms: 0 }
const timedOut = (broker: string): Error =>
  Object.assign(new Error('Request Fetch timed out'), {
    name: 'KafkaJSRequestTimeoutError',
    broker,
  })

describe('a broker that did not answer in time', () => {
  it('is silent for a while, and others are not', () => {
    const silent = new SilentBrokers(() => at.ms)
    silent.note(new Error('wrapped', { cause: timedOut('k1:9092') }))
    expect([
      silent.has('k1:9092', LEADER_AVOIDED_MS),
      silent.has('k2:9092', LEADER_AVOIDED_MS),
    ]).toEqual([true, false])
    at.ms += LEADER_AVOIDED_MS
    expect(silent.has('k1:9092', LEADER_AVOIDED_MS)).toBe(false)
  })

  it('is not one that refuses, or that lets no connection come about at once', () => {
    const silent = new SilentBrokers(() => at.ms)
    const name = 'KafkaJSConnectionError'
    const broker = 'k1:9092'
    silent.note(Object.assign(new Error('Connection error: refused'), { name, broker }))
    silent.note(Object.assign(new Error('no'), { type: 'NOT_LEADER_FOR_PARTITION', broker }))
    expect(silent.has(broker, LEADER_AVOIDED_MS)).toBe(false)
    silent.note(Object.assign(new Error('Connection timeout'), { name, broker }))
    expect(silent.has(broker, LEADER_AVOIDED_MS)).toBe(true)
  })
})
