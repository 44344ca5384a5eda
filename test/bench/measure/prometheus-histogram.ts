/** Counts of a Prometheus histogram by upper bound, cumulative; the last bound is infinite. */
export type Buckets = ReadonlyMap<number, number>

/** The buckets of the series that has all these labels, in the text format; empty where none has. */
export function bucketsOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Buckets {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const buckets = new Map<number, number>()
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`) || !wanted.every((each) => line.includes(each)))
      continue
    const [, bound = '', count = ''] = /le="([^"]+)".*} (\d+)$/.exec(line) ?? []
    buckets.set(bound === '+Inf' ? Infinity : Number(bound), Number(count))
  }
  return buckets
}

/** The bound below which this share of what came between two readings lies. */
export function boundOf(share: number, before: Buckets, after: Buckets): number {
  const counts = [...after]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .sort(([a], [b]) => a - b)
  const total = counts.at(-1)?.[1] ?? 0
  if (total === 0) throw new RangeError('Nothing was observed.')
  return counts.find(([, count]) => count >= share * total)?.[0] ?? Infinity
}
