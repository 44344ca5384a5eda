/** Something to wait for that costs no virtual time until it happens. */
export class Bell {
  #ring: () => void = () => undefined
  #next = this.#hung()

  /** Resolves when it rings the next time. */
  next(): Promise<void> {
    return this.#next
  }

  ring(): void {
    this.#ring()
    this.#next = this.#hung()
  }

  #hung(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve
    })
  }
}
