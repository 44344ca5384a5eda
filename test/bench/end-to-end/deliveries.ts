/** Next offset by partition. */
export type Ends = readonly (readonly [partition: number, end: number])[]

const MEMBERS = 3

/** The times at which a reader had applied each partition, up to which record. */
export class Deliveries {
  readonly #triples: number[] = []
  readonly #last = new Map<number, number>()

  note(partition: number, lastOffset: number, atNs: number): void {
    this.#triples.push(partition, lastOffset, atNs)
    this.#last.set(partition, lastOffset)
  }

  /** Returns whether everything before these offsets was applied. */
  reach(ends: Ends): boolean {
    return ends.every(([partition, end]) => (this.#last.get(partition) ?? -1) >= end - 1)
  }

  /** Partition, last offset, time; one after the other, in the order of arrival. */
  triples(): Float64Array {
    return Float64Array.from(this.#triples)
  }
}

/** A record of a topic. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** Ascending offsets by partition. */
export type Wanted = ReadonlyMap<number, readonly number[]>

/** Returns the offsets of these records, for {@link lastOf}. */
export function wantedOf(places: readonly Place[]): Wanted {
  const wanted = new Map<number, number[]>()
  for (const { partition, offset } of places) {
    const offsets = wanted.get(partition) ?? []
    wanted.set(partition, offsets)
    offsets.push(offset)
  }
  for (const offsets of wanted.values()) offsets.sort((a, b) => a - b)
  return wanted
}

/** Returns the offsets up to which all partitions must have been read. */
export function endsOf(wanted: Wanted): Ends {
  return [...wanted].map(([partition, offsets]) => [partition, (offsets.at(-1) ?? -1) + 1])
}

/**
 * Returns the time at which the last of several readers had applied each wanted record, by partition and
 * offset.
 *
 * @throws Error if a reader never got that far
 */
export function lastOf(
  readers: readonly Float64Array[],
  wanted: Wanted,
): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const found = new Map<number, ReadonlyMap<number, number>>()
  for (const [partition, offsets] of wanted) {
    const lastNs = new Map<number, number>()
    for (const reader of readers) raise(lastNs, reader, partition, offsets)
    found.set(partition, lastNs)
  }
  return found
}

/** Raises each time to that of one reader, which read the partition in order. */
function raise(
  lastNs: Map<number, number>,
  triples: Float64Array,
  partition: number,
  offsets: readonly number[],
): void {
  let next = 0
  for (let i = 0; i < triples.length; i += MEMBERS) {
    if (triples[i] !== partition) continue
    const [upTo = 0, atNs = 0] = triples.subarray(i + 1, i + MEMBERS)
    for (let offset = offsets[next]; offset !== undefined && offset <= upTo; next += 1) {
      lastNs.set(offset, Math.max(lastNs.get(offset) ?? 0, atNs))
      offset = offsets[next + 1]
    }
  }
  if (next < offsets.length)
    throw new Error(`A reader of partition ${partition} never got to offset ${offsets[next]}.`)
}
