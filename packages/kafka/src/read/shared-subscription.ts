import { setImmediate as turn } from 'node:timers/promises'
import type { FreshetError } from '@freshet/protocol'
import type { LogFollower, LogReader, LogRecord } from '@freshet/wire'

/** The reason for which a member leaves a subscription. With an error, it ends; without one, it reads on alone. */
export interface Left {
  readonly error?: unknown
}

/** One follower that gets its records from a shared subscription. */
export interface Member {
  /**
   * Takes records, or contact without news if there are none. Settles when the follower has processed them.
   */
  take(partition: number, records: readonly LogRecord[], end: bigint): Promise<void>
  reconnected(partition: number): Promise<void>
  troubled(error: FreshetError): void
  release(how: Left): void
}

/** A shared subscription: one `follow` of some partitions of a topic for all its members. */
export class SharedSubscription {
  readonly #positions: Map<number, bigint>
  readonly #members = new Set<Member>()
  readonly #stop = new AbortController()
  readonly #onEnd: () => void

  constructor(from: ReadonlyMap<number, bigint>, onEnd: () => void) {
    this.#positions = new Map(from)
    this.#onEnd = onEnd
  }

  /** Returns whether the subscription has delivered no record at or after these positions yet. */
  admits(positions: ReadonlyMap<number, bigint>): boolean {
    for (const [partition, position] of this.#positions)
      if ((positions.get(partition) ?? 0n) < position) return false
    return true
  }

  add(member: Member): void {
    this.#members.add(member)
  }

  /** Removes a member. The last one ends the subscription. */
  leave(member: Member): void {
    this.#members.delete(member)
    if (this.#members.size === 0) this.#end()
  }

  /** Reads until the last member has left, or until an error that does not end by itself. */
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
      // Each member has a position of its own and chooses the offset at which it continues.
      onOffsetLost: (_partition, { earliest }) => {
        this.#releaseAll({})
        return earliest
      },
      onReconnect: (partition) => this.#all((member) => member.reconnected(partition)),
      onTrouble: (error) => this.#members.forEach((member) => member.troubled(error)),
    }
  }

  /**
   * Waits one turn for the members. A member that is still busy when the next records arrive leaves the
   * subscription.
   */
  async #all(notify: (member: Member) => Promise<void>): Promise<void> {
    await Promise.race([Promise.all([...this.#members].map(notify)), turn()])
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
