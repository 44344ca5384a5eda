import { FreshetError } from '@freshet/domain'

/** Calls that may wait for one partition. More means that the caller does not wait for answers. */
export const WAITING_MAX = 64

/** Runs work one at a time per key, in the order of the calls. */
export interface PartitionQueue {
  /** @throws `limit.reached` when too many calls wait for that key */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
}

/**
 * A queue per partition. Two requests in flight for one partition could be appended in either
 * order when the first is sent again.
 */
export function partitionQueue(waitingMax: number = WAITING_MAX): PartitionQueue {
  const tails = new Map<string, { last: Promise<unknown>; count: number }>()
  return {
    run(key, work) {
      const tail = tails.get(key) ?? { last: Promise.resolve(), count: 0 }
      if (tail.count > waitingMax) return Promise.reject(tooMany(key, waitingMax))
      tails.set(key, tail)
      tail.count++
      const result = tail.last.then(work)
      tail.last = result.then(
        () => release(tails, key),
        () => release(tails, key),
      )
      return result
    },
  }
}

function release(tails: Map<string, { count: number }>, key: string): void {
  const tail = tails.get(key)
  if (tail && --tail.count === 0) tails.delete(key)
}

function tooMany(key: string, waitingMax: number): FreshetError {
  return new FreshetError('limit.reached', `More than ${waitingMax} appends wait for ${key}.`)
}
