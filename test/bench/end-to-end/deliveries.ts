/** Next offset by partition. */
export type Ends = readonly (readonly [partition: number, end: number])[]

const MEMBERS = 3

/** When a reader had taken in each partition up to which record. */
export class Deliveries {
  readonly #triples: number[] = []
  readonly #last = new Map<number, number>()

  note(partition: number, lastOffset: number, atNs: number): void {
    this.#triples.push(partition, lastOffset, atNs)
    this.#last.set(partition, lastOffset)
  }

  /** Whether everything before these offsets was taken in. */
  reach(ends: Ends): boolean {
    return ends.every(([partition, end]) => (this.#last.get(partition) ?? -1) >= end - 1)
  }

  /** Partition, last offset, time; one after the other, as they came. */
  triples(): Float64Array {
    return Float64Array.from(this.#triples)
  }
}

/** A record of a topic. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** By partition, ascending offsets. */
export type Wanted = ReadonlyMap<number, readonly number[]>

/** The offsets of these records, for {@link lastOf}. */
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

/** What must have been read for all of it. */
export function endsOf(wanted: Wanted): Ends {
  return [...wanted].map(([partition, offsets]) => [partition, (offsets.at(-1) ?? -1) + 1])
}

/**
 * When the last of several readers had taken in each wanted record, by partition and offset.
 *
 * @throws Error where a reader never got that far
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
