/** The steps that undo the writes of a transaction that did not commit. */
export type Journal = (() => void)[]

/** Rows by key. The journal of the open transaction records each write. */
export class MemoryTable<Row> {
  readonly #rows = new Map<string, Row>()
  readonly #journal: () => Journal | undefined
  #version = 0
  #values: readonly Row[] | undefined

  constructor(journal: () => Journal | undefined) {
    this.#journal = journal
  }

  /** A number that changes with each write, also with undone writes and restores. */
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

  /** Returns the present rows in the order of their first writes. A later write does not change the list. */
  values(): readonly Row[] {
    return (this.#values ??= [...this.#rows.values()])
  }

  /** Returns the same rows with their keys. */
  entries(): readonly (readonly [key: string, row: Row])[] {
    return [...this.#rows]
  }

  /** Copies the present rows. The returned function restores them. */
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
