import type { Arrival, BatchDecision, Change, Registry } from '@freshet/protocol'
import { decisionWorld, type DecisionWorld } from './decision-world.ts'

/** A change as it arrives in its partition, with a number and a content of its own. */
export function arrivalOf(change: Change, stamp: { partition: number; number: number }): Arrival {
  const { partition, number } = stamp
  const contentHash = JSON.stringify(change, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return { kind: 'change', change, stamp: { partition, number: BigInt(number) }, contentHash }
}

/** A decision world that gets one change at a time, numbered as its gateway would. */
export interface Decider {
  readonly world: DecisionWorld
  decide(change: Change, partition: number): BatchDecision
  take(arrival: Arrival, partition: number): BatchDecision
}

/** Makes a world without any change. */
export function createDecider(registry?: Registry): Decider {
  const world = decisionWorld({}, registry)
  const numbers = new Map<string, number>()
  const take = (arrival: Arrival, partition: number): BatchDecision => {
    const decision = world.take(partition, [arrival]).at(-1)
    if (decision === undefined) throw new Error('Nothing was read.')
    return decision
  }
  return {
    world,
    take,
    decide(change, partition) {
      const feed = `${change.source} ${partition}`
      const number = (numbers.get(feed) ?? 0) + 1
      numbers.set(feed, number)
      return take(arrivalOf(change, { partition, number }), partition)
    },
  }
}
