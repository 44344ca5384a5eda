import type { Change } from '@freshet/protocol'
import type { FreshetPort } from './freshet-port.ts'

/** Changes of one request. */
export const CHANGES_AT_ONCE = 500

interface Entry {
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Sends the changes of many subjects together: those that come while a request is under way share the next one. */
export class Sender {
  readonly #freshet: Pick<FreshetPort, 'send'>
  readonly #signal: AbortSignal
  #waiting: Entry[] = []
  #isSending = false

  constructor(freshet: Pick<FreshetPort, 'send'>, signal: AbortSignal) {
    this.#freshet = freshet
    this.#signal = signal
  }

  /** Resolves when all of them were answered 202. */
  send(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject })
      if (!this.#isSending) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0) {
      const entries = this.#take()
      try {
        await this.#freshet.send(
          entries.flatMap(({ changes }) => changes),
          this.#signal,
        )
        for (const { resolve } of entries) resolve()
      } catch (error) {
        for (const { reject } of entries) reject(error)
      }
    }
    this.#isSending = false
  }

  #take(): readonly Entry[] {
    let count = 0
    let at = 0
    for (const { changes } of this.#waiting) {
      if (at > 0 && count + changes.length > CHANGES_AT_ONCE) break
      count += changes.length
      at += 1
    }
    return this.#waiting.splice(0, at)
  }
}
