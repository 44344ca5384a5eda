import type { EdgeJson } from '@freshet/insight/answers'
import { spanOf } from '../parts/words.ts'

type Partition = EdgeJson['partitions'][number]

/** The time since the head of the topic that an edge has certainly applied. `null`: it never verified its view. */
export function lagText(behindMs: Partition['behindMs']): string {
  if (behindMs === undefined) return 'unknown'
  return behindMs === null ? 'never verified' : spanOf(behindMs)
}

/** The longest lag of the partitions of an edge. */
export function longestLag(partitions: readonly Partition[]): string {
  const lags = partitions.map(({ behindMs }) => behindMs)
  if (lags.length === 0 || lags.includes(undefined)) return lagText(undefined)
  return lagText(lags.includes(null) ? null : Math.max(...lags.map(Number)))
}
