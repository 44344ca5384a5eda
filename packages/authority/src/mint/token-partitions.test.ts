import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import {
  keepTokenPartitions,
  PAST_TOKENS_KEPT_MS,
  TOKEN_PARTITIONS_AHEAD_MS,
  TOKEN_PARTITIONS_KEPT_MS,
  TOKEN_PARTITIONS_ROUND_MS,
  tendTokenPartitions,
} from './token-partitions.ts'

const LIFE = 3_600_000

function noted(fail: () => boolean = () => false) {
  const calls: (readonly [string, ...number[]])[] = []
  return {
    calls,
    ensure(fromMs: number, untilMs: number): Promise<void> {
      calls.push(['ensure', fromMs, untilMs])
      return fail() ? Promise.reject(new Error('down')) : Promise.resolve()
    },
    retire(beforeMs: number): Promise<number> {
      calls.push(['retire', beforeMs])
      return Promise.resolve(0)
    },
    dropBefore(beforeMs: number): Promise<number> {
      calls.push(['dropBefore', beforeMs])
      return Promise.resolve(0)
    },
  }
}

describe('partitions of the ledger', () => {
  it('reach beyond every token that can be minted until they are next tended', async () => {
    const partitions = noted()
    await tendTokenPartitions(partitions, 5_000, LIFE)
    expect(partitions.calls).toEqual([
      ['ensure', 5_000, 5_000 + LIFE + TOKEN_PARTITIONS_AHEAD_MS],
      ['retire', 5_000 - TOKEN_PARTITIONS_KEPT_MS],
      ['dropBefore', 5_000 - PAST_TOKENS_KEPT_MS],
    ])
  })

  it('are tended in rounds until the end, and after a failure too', async () => {
    const timer = new ManualClock(0)
    const abort = new AbortController()
    let isDown = true
    const failures: unknown[] = []
    const partitions = noted(() => isDown)
    const options = { timer, lifeMaxMs: LIFE, onFailure: (error: unknown) => failures.push(error) }
    const keeping = keepTokenPartitions(partitions, options, abort.signal)
    await timer.advance(TOKEN_PARTITIONS_ROUND_MS)
    isDown = false
    await timer.advance(TOKEN_PARTITIONS_ROUND_MS)
    abort.abort()
    await keeping
    expect(failures).toHaveLength(1)
    expect(partitions.calls.map(([name]) => name)).toEqual([
      'ensure',
      'ensure',
      'retire',
      'dropBefore',
    ])
  })
})
