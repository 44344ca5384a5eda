/** Names fit sixteen bits. */
const ERAS_MAX = 65_536

/**
 * The pairs of partition and incarnation that watermarks are of, each under a small number: of a
 * million watermarks they are a handful. None is ever taken away.
 */
export class Eras {
  readonly #e: number[] = []
  readonly #partitions: number[] = []
  /** The names of the eras of each partition, the latest last. */
  readonly #names = new Map<number, Map<number, number>>()

  /** The name of a pair; undefined when it is new and there are too many. */
  nameOf(partition: number, e: number): number | undefined {
    const names = this.#names.get(partition) ?? new Map<number, number>()
    const known = names.get(e)
    if (known !== undefined || this.#e.length >= ERAS_MAX) return known
    const name = this.#e.length
    this.#e.push(e)
    this.#partitions.push(partition)
    this.#names.set(partition, names.set(e, name))
    return name
  }

  /** The incarnation of an era. */
  e(name: number): number {
    return this.#e[name] ?? 0
  }

  /** The partition of an era. */
  partition(name: number): number {
    return this.#partitions[name] ?? 0
  }
}
