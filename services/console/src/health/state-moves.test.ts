import type { PipelinePartition } from '@freshet/insight'
import { loggedChange } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { StateMoves } from './state-moves.ts'

type Pipeline = Parameters<StateMoves['see']>[0]['pipeline']

const at = (nextOffset: bigint, lag: bigint | null, more: object = {}): PipelinePartition =>
  ({ partition: 3, nextOffset, lag, ...more }) as PipelinePartition
const state = (more: Partial<Pipeline>) => {
  const pipeline = { partitions: [at(4n, 0n)], latest: null, quarantined: 2n, ...more }
  return { pipeline: pipeline as Pipeline }
}
/** Returns whether the second of two states moved. */
const moved = (before: Partial<Pipeline>, after: Partial<Pipeline>): boolean => {
  const moves = new StateMoves()
  moves.see(state(before))
  return moves.see(state(after))
}
const pause = { offset: 4n, code: 'database.timeout', message: 'm', sinceMs: 1, attempts: 1 }

describe('a state moves', () => {
  it.each<[string, Partial<Pipeline>, Partial<Pipeline>]>([
    ['with a recorded change', {}, { latest: loggedChange({ id: 'c1', offset: 4n }) }],
    ['with a parked record', {}, { quarantined: 3n }],
    ['with a partition that pauses', {}, { partitions: [at(4n, 1n, { paused: pause })] }],
    ['while records wait in a partition that does not go on', {}, { partitions: [at(4n, 1n)] }],
  ])('%s', (_, before, after) => expect(moved(before, after)).toBe(true))

  it.each<[string, Partial<Pipeline>, Partial<Pipeline>]>([
    ['with nothing new', {}, {}],
    ['with heartbeats', {}, { partitions: [at(5n, 0n)] }],
    ['with heartbeats, of which one waits', {}, { partitions: [at(5n, 1n)] }],
    ['with a broker that does not answer', {}, { partitions: [at(4n, null)] }],
  ])('control: not %s', (_, before, after) => expect(moved(before, after)).toBe(false))

  it('control: not with its first state', () => {
    const latest = loggedChange({ id: 'c1', offset: 4n })
    expect(new StateMoves().see(state({ latest }))).toBe(false)
  })

  it('once with each change', () => {
    const moves = new StateMoves()
    const latest = loggedChange({ id: 'c1', offset: 4n })
    expect([{}, { latest }, { latest }].map((each) => moves.see(state(each)))).toEqual([
      false,
      true,
      false,
    ])
  })
})
