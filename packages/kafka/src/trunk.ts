import { setImmediate as turn } from 'node:timers/promises'
import type { FreshetError } from '@freshet/domain'
import type { LogFollower, LogReader, LogRecord } from '@freshet/events'

/** How one leaves a trunk: to go on alone, or for good with an error. */
export interface Left {
  readonly error?: unknown
}

/** One who follows by a trunk. */
export interface Member {
  /** Records, or contact without news. Settles when they were taken in. */
  take(partition: number, records: readonly LogRecord[], end: bigint): Promise<void>
  reconnected(partition: number): Promise<void>
  troubled(error: FreshetError): void
  release(how: Left): void
}

/** One reading of some partitions of a topic that its members share. */
export class Trunk {
  readonly #positions: Map<number, bigint>
  readonly #members = new Set<Member>()
  readonly #stop = new AbortController()
  readonly #onEnd: () => void

  constructor(from: ReadonlyMap<number, bigint>, onEnd: () => void) {
    this.#positions = new Map(from)
    this.#onEnd = onEnd
  }

  /** Whether nothing that stands at these positions or behind was handed over already. */
  admits(positions: ReadonlyMap<number, bigint>): boolean {
    for (const [partition, position] of this.#positions)
      if ((positions.get(partition) ?? 0n) < position) return false
    return true
  }

  add(member: Member): void {
    this.#members.add(member)
  }

  /** The last one to leave ends it. */
  leave(member: Member): void {
    this.#members.delete(member)
    if (this.#members.size === 0) this.#end()
  }

  /** Reads until the last member has left, or trouble that no waiting ends. */
  async run(reader: LogReader, topic: string): Promise<void> {
    try {
      await reader.follow(topic, new Map(this.#positions), this.#follower(), this.#stop.signal)
      this.#releaseAll({})
    } catch (error) {
      this.#releaseAll({ error })
    }
  }

  #follower(): LogFollower {
    return {
      onRecords: async (partition, records, end) => {
        const last = records.at(-1)
        this.#positions.set(partition, last === undefined ? end : last.offset + 1n)
        await this.#all((member) => member.take(partition, records, end))
      },
      // Each member has a position of its own and decides for itself where it goes on.
      onOffsetLost: (_partition, { earliest }) => {
        this.#releaseAll({})
        return earliest
      },
      onReconnect: (partition) => this.#all((member) => member.reconnected(partition)),
      onTrouble: (error) => this.#members.forEach((member) => member.troubled(error)),
    }
  }

  /** Waits for those who are done at once. Who is not when the next records come, leaves. */
  async #all(tell: (member: Member) => Promise<void>): Promise<void> {
    await Promise.race([Promise.all([...this.#members].map(tell)), turn()])
  }

  #releaseAll(how: Left): void {
    for (const member of this.#members) member.release(how)
    this.#members.clear()
    this.#end()
  }

  #end(): void {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    this.#onEnd()
  }
}
