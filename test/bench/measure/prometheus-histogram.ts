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

/**
 * Below which time this share of what came between two readings lies. Within a bucket, as Prometheus
 * does it: as if all of it were spread evenly; beyond the last bound, that bound.
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

/** The sample of that name, without labels or with exactly these; 0 where there is none. */
export function sampleOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.slice(series.length) ?? 0)
}
