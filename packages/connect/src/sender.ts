import type { Change, SourceConnection, SourceVersion } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { FreshetPort } from './freshet-port.ts'
import { changeOf, type ReadOrigin, type UpstreamState } from './subject-changes.ts'

/** Changes of one request. */
export const CHANGES_AT_ONCE = 500

const MICROSECONDS = 1_000

interface Entry {
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The parts of a connection that sending needs. */
export interface SenderParts {
  readonly source: string
  readonly connection: SourceConnection
  readonly freshet: Pick<FreshetPort, 'send'>
  readonly timer: Timer
}

/**
 * Sends the states of many subjects together: those that come while a request is under way share the next one. It gives
 * each read a version, and each change an id, that no other of the epoch has.
 */
export class Sender {
  readonly #parts: SenderParts
  readonly #epoch: bigint
  readonly #signal: AbortSignal
  #waiting: Entry[] = []
  #isSending = false
  #lastN = 0n
  #serial = 0n

  constructor(parts: SenderParts, epoch: bigint, signal: AbortSignal) {
    this.#parts = parts
    this.#epoch = epoch
    this.#signal = signal
  }

  /** Returns the version of a read that begins now. It is later than those of all reads that began before it. */
  version(): SourceVersion {
    const n = BigInt(Math.trunc(this.#parts.timer.nowMs() * MICROSECONDS))
    this.#lastN = n > this.#lastN ? n : this.#lastN + 1n
    return { epoch: this.#epoch, n: this.#lastN }
  }

  /** Resolves when the change of each state was answered 202. */
  send(
    states: readonly UpstreamState[],
    read: Pick<ReadOrigin, 'version' | 'occurredAtMs' | 'found'>,
  ): Promise<void> {
    const { source, connection } = this.#parts
    const nextId = (): string => `${this.#epoch}.${(this.#serial += 1n)}`
    const changes = states.map((state) => changeOf({ ...read, source, connection, nextId }, state))
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
        await this.#parts.freshet.send(
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
