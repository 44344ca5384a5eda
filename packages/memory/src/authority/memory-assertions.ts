import type { AssertionStore } from '@freshet/authority'
import type { MemoryDatabase } from '../memory-database.ts'

/** Creates the store of used assertions in process. */
export function memoryAssertionStore({ assertions }: MemoryDatabase): AssertionStore {
  return {
    use: (assertion) => {
      const key = JSON.stringify([assertion.client, assertion.jti])
      const isFirst = assertions.get(key) === undefined
      if (isFirst) assertions.set(key, { key, ...assertion })
      return Promise.resolve(isFirst)
    },
    forgetBefore: (expiredMs) => {
      const gone = assertions.values().filter(({ expMs }) => expMs < expiredMs)
      for (const { key } of gone) assertions.delete(key)
      return Promise.resolve(gone.length)
    },
  }
}
