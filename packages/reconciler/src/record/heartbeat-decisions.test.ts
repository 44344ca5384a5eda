import { CLOCK_TOLERANCE_MS, type Arrival, type SourceHeartbeat } from '@freshet/protocol'
import { createDecider, type Decider } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = 3
/** The broker's clock stands still in this world. */
const APPENDED_AT_MS = 0
let decider: Decider
beforeEach(() => {
  decider = createDecider()
})

/** The two forms of a heartbeat on the topic. */
const FORMS: readonly [string, (heartbeat: SourceHeartbeat) => Arrival][] = [
  ['of one tenant', (heartbeat) => ({ kind: 'heartbeat', heartbeat })],
  ['of many tenants', (heartbeat) => ({ kind: 'heartbeats', heartbeats: [heartbeat] })],
]

describe.each(FORMS)('a heartbeat %s', (_, arrivalOf) => {
  const take = (throughMs: number) => {
    const heartbeat = {
      kind: 'heartbeat',
      tenant: 'acme',
      source: 'hr',
      throughMs,
      last: 0n,
    } as const
    return decider.take(arrivalOf(heartbeat), P)
  }
  test('counts up to the tolerance ahead of the broker (rule 16)', () => {
    const throughMs = APPENDED_AT_MS + CLOCK_TOLERANCE_MS
    expect(take(throughMs).feeds).toMatchObject([{ feed: { throughMs } }])
  })

  test('that is further ahead does not count, and is noted once, without a row for each (rule 16)', () => {
    const right = APPENDED_AT_MS
    take(right)
    const aheadMs = CLOCK_TOLERANCE_MS + 1
    const decision = take(APPENDED_AT_MS + aheadMs)
    expect(decision.feeds).toMatchObject([{ feed: { throughMs: right, aheadMs } }])
    expect([decision.quarantine, decision.log]).toEqual([[], []])
  })

  test('that is right ends the note', () => {
    take(APPENDED_AT_MS + 300_000)
    const throughMs = APPENDED_AT_MS
    const [held] = take(throughMs).feeds
    expect(held?.feed).toMatchObject({ throughMs })
    expect(held?.feed).not.toHaveProperty('aheadMs')
  })
})
