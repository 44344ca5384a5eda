import type { FoundJson } from '@freshet/insight/answers'

/**
 * The best finds, at most `limit`: a whole name first, then the others in their order. If there are too many, each kind
 * keeps its first ones, so that many finds of one kind hide no other kind.
 */
export function bestFound(
  found: readonly FoundJson[],
  text: string,
  limit: number,
): readonly FoundJson[] {
  const isWhole = ({ id }: FoundJson): boolean => id.toLowerCase() === text.toLowerCase()
  const ordered = [...found.filter(isWhole), ...found.filter((each) => !isWhole(each))]
  const counts = new Map<string, number>()
  const ranked = ordered.map((each) => {
    const rank = counts.get(each.kind) ?? 0
    counts.set(each.kind, rank + 1)
    return { each, rank }
  })
  const kept = new Set(ranked.toSorted((a, b) => a.rank - b.rank).slice(0, limit))
  return ranked.filter((one) => kept.has(one)).map(({ each }) => each)
}
