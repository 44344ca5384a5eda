/** Row locks by name. A caller that needs a held lock waits until all earlier callers are finished. */
export class MemoryLocks {
  /** Promises by name of the lock. Each resolves when the last caller is done. */
  readonly #held = new Map<string, Promise<void>>()

  /** True while some work holds the lock, or waits for it. */
  isHeld(name: string): boolean {
    return this.#held.has(name)
  }

  /** Takes the locks in the given order and releases them when `work` has ended. */
  async holding<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = []
    try {
      for (const name of names) releases.push(await this.#take(name))
      return await work()
    } finally {
      for (const release of releases) release()
    }
  }

  async #take(name: string): Promise<() => void> {
    const before = this.#held.get(name)
    let giveBack = (): void => undefined
    const held = new Promise<void>((resolve) => {
      giveBack = resolve
    })
    this.#held.set(name, held)
    await before
    return () => {
      if (this.#held.get(name) === held) this.#held.delete(name)
      giveBack()
    }
  }
}
