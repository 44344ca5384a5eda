import { comparePositions, type Position } from '@freshet/protocol'
import { goesBack } from './calm.ts'
import { TOKEN_LIFE_MS } from './deployment.ts'
import { violate, type World } from './world.ts'

/**
 * S3 and rule 25: no watermark falls, and none is removed while a token that it judges can be alive, except
 * with the whole database. The returned function checks once.
 */
export function watchWatermarks(world: World): () => void {
  const { database, kernel, mix } = world
  let known = new Map<string, { readonly at: Position; readonly sinceMs: number }>()
  return () => {
    if (goesBack(mix)) return
    const { nowMs } = kernel
    const isNeeded = (sinceMs = 0): boolean => nowMs < sinceMs + TOKEN_LIFE_MS
    const seen: typeof known = new Map()
    for (const { scopeKey, e, position: offset } of database.watermarks.values()) {
      const before = known.get(scopeKey)
      const order = before === undefined ? 1 : comparePositions({ e, offset }, before.at)
      // It can have been removed in time, and raised again for tokens that are judged by time.
      if (order < 0 && isNeeded(before?.sinceMs))
        violate(world, 'S3', `the watermark of ${scopeKey} falls`)
      seen.set(scopeKey, before && order === 0 ? before : { at: { e, offset }, sinceMs: nowMs })
    }
    for (const [key, { sinceMs }] of known)
      if (!seen.has(key) && isNeeded(sinceMs))
        violate(world, 'S3', `the watermark of ${key} is forgotten after ${nowMs - sinceMs} ms`)
    known = seen
  }
}
