import type { SourceUseStore } from '@freshet/intake'
import type { MemoryDatabase } from '../memory-database.ts'

/** Creates the store of used assertions of sources, in process. */
export function memorySourceUseStore({ sourceUses }: MemoryDatabase): SourceUseStore {
  return {
    use: (uses) =>
      Promise.resolve(
        uses.map((use) => {
          const key = JSON.stringify([use.source, use.jti])
          const isFirst = sourceUses.get(key) === undefined
          if (isFirst) sourceUses.set(key, { key, ...use })
          return isFirst
        }),
      ),
    forgetBefore: (expiredMs, limit) => {
      const gone = sourceUses.values().filter(({ expMs }) => expMs < expiredMs)
      for (const { key } of gone.slice(0, limit)) sourceUses.delete(key)
      return Promise.resolve(Math.min(gone.length, limit))
    },
  }
}
