/** Counts of a Prometheus histogram by upper bound, cumulative; the last bound is infinite. */
export type Buckets = ReadonlyMap<number, number>

/**
 * Returns the buckets of the series that has all these labels, in the text format; empty if there is none.
 */
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

/**
 * Returns the time below which this share of the observations between two readings lies. It interpolates
 * within a bucket as Prometheus does, as if the observations were spread evenly. A result beyond the last
 * bound is that bound.
 */
export function quantileOf(share: number, before: Buckets, after: Buckets): number {
  const counts = [...after]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .sort(([a], [b]) => a - b)
  const wanted = share * (counts.at(-1)?.[1] ?? 0)
  if (wanted === 0) throw new RangeError('Nothing was observed.')
  let [lower, below] = [0, 0]
  for (const [bound, count] of counts) {
    if (bound === Infinity) return lower
    if (count >= wanted) return lower + ((bound - lower) * (wanted - below)) / (count - below)
    ;[lower, below] = [bound, count]
  }
  return lower
}

/** Returns the sample of that name, without labels or with exactly these; 0 if there is none. */
export function sampleOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.slice(series.length) ?? 0)
}
