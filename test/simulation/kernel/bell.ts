/** An event that code awaits, at no cost of virtual time until it happens. */
export class Bell {
  #ring: () => void = () => undefined
  #next = this.#hung()

  /** Resolves at the next ring. */
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
