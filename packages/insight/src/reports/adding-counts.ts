import type { SliStore } from '../sli/sli-store.ts'
import type { SloCount } from '../sli/slo-counts.ts'

/** Adds what a lot of reports counts while the next one is kept: neither waits for the disk of the other. */
export class AddingCounts {
  readonly #slis: Pick<SliStore, 'add'> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(slis: Pick<SliStore, 'add'> | undefined) {
    this.#slis = slis
  }

  /** Returns once what was added before is stored. @throws what that threw */
  async add(counts: readonly SloCount[]): Promise<void> {
    await this.#last
    if (counts.length === 0 || this.#slis === undefined) return
    this.#last = this.#slis.add(counts)
    // Thrown at the next one.
    this.#last.catch(() => undefined)
  }

  /** @throws what the last one threw */
  async idle(): Promise<void> {
    await this.#last
  }
}
