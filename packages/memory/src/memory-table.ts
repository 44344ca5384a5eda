/** Undoes the writes of a transaction that did not commit. */
export type Journal = (() => void)[]

/** Rows by key. Writes are noted in the journal of the transaction that is open. */
export class MemoryTable<Row> {
  readonly #rows = new Map<string, Row>()
  readonly #journal: () => Journal | undefined
  #version = 0
  #values: readonly Row[] | undefined

  constructor(journal: () => Journal | undefined) {
    this.#journal = journal
  }

  /** Another number after each write, undone writes and restores among them. */
  get version(): number {
    return this.#version
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  set(key: string, row: Row): void {
    this.#note(key)
    this.#rows.set(key, row)
  }

  delete(key: string): void {
    this.#note(key)
    this.#rows.delete(key)
  }

  /** The rows of now, in the order of their first writes; a later write leaves the list as it is. */
  values(): readonly Row[] {
    return (this.#values ??= [...this.#rows.values()])
  }

  /** The same with their keys. */
  entries(): readonly (readonly [key: string, row: Row])[] {
    return [...this.#rows]
  }

  /** Keeps the rows of now; the function that is returned puts them back. */
  backup(): () => void {
    const kept = [...this.#rows]
    return () => {
      this.#touch()
      this.#rows.clear()
      for (const [key, row] of kept) this.#rows.set(key, row)
    }
  }

  #note(key: string): void {
    const before = this.#rows.get(key)
    this.#touch()
    this.#journal()?.push(() => {
      this.#touch()
      if (before === undefined) this.#rows.delete(key)
      else this.#rows.set(key, before)
    })
  }

  #touch(): void {
    this.#version++
    this.#values = undefined
  }
}
