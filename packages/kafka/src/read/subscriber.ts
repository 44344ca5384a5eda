import type { FreshetError } from '@freshet/protocol'
import type { LogFollower, LogReader, LogRecord } from '@freshet/wire'
import { SharedSubscription, type Left, type Member } from './shared-subscription.ts'

/** The state that all followers of a shared reader share. */
export interface Shared {
  readonly reader: LogReader
  /** The shared subscriptions, by topic and partitions. */
  readonly subscriptions: Map<string, SharedSubscription>
  readonly topic: string
}

/**
 * One call of `follow`. It reads alone until it has caught up, then it gets records from the shared
 * subscription. It can change between the two many times.
 */
export class Subscriber implements Member {
  readonly #shared: Shared
  readonly #follower: LogFollower
  readonly #positions: Map<number, bigint>
  /** The ends of the partitions, as last reported while this follower reads alone. */
  readonly #ends = new Map<number, bigint>()
  /** The partitions whose end the shared subscription has reported to the follower. */
  readonly #reported = new Set<number>()
  /** Calls of the follower that have not settled, at most one for each partition. */
  readonly #busy = new Map<number, Promise<void>>()
  #leave: ((how: Left) => void) | undefined
  #failure: Left | undefined
  #isClosed = false

  constructor(shared: Shared, from: ReadonlyMap<number, bigint>, follower: LogFollower) {
    this.#shared = shared
    this.#positions = new Map(from)
    this.#follower = follower
  }

  /** Does the same as `follow` of a reader. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isClosed) {
      const how = await this.#readAlone(signal)
      await Promise.all(this.#busy.values())
      const failed = this.#failure ?? how
      if ('error' in failed && !signal.aborted) throw failed.error
    }
  }

  /** Reads alone until it can join the shared subscription, then waits until it must leave the shared subscription again. */
  async #readAlone(signal: AbortSignal): Promise<Left> {
    const { reader, topic } = this.#shared
    const joined = new AbortController()
    const stop = AbortSignal.any([signal, joined.signal])
    let left: Promise<Left> | undefined
    const follower: LogFollower = {
      onRecords: async (partition, records, end) => {
        if (stop.aborted) return
        await this.#call(partition, () => this.#hand(partition, records, end))
        this.#ends.set(partition, end)
        if (stop.aborted || !this.#hasCaughtUp()) return
        left = this.#join(signal)
        if (left !== undefined) joined.abort()
      },
      onOffsetLost: async (partition, bounds) => {
        if (stop.aborted) return bounds.earliest
        let next = bounds.earliest
        await this.#call(partition, async () => {
          next = await this.#follower.onOffsetLost(partition, bounds)
          this.#positions.set(partition, next)
        })
        return next
      },
      onReconnect: async (partition) => {
        if (stop.aborted) return
        await this.#call(partition, async () => this.#follower.onReconnect?.(partition))
      },
      onTrouble: (error) => this.troubled(error),
    }
    this.#ends.clear()
    await reader.follow(topic, new Map(this.#positions), follower, stop)
    // If the signal was not aborted, `follow` ended because the reader was closed.
    this.#isClosed = !stop.aborted
    return left ?? {}
  }

  take(partition: number, records: readonly LogRecord[], end: bigint): Promise<void> {
    const position = this.#positions.get(partition) ?? 0n
    const isAllNew = (records[0]?.offset ?? -1n) >= position
    const news = isAllNew ? records : records.filter(({ offset }) => offset >= position)
    // An answer that was in flight can have an older end than this follower knows.
    if (news.length === 0 && (records.length > 0 || end < position)) return Promise.resolve()
    // Most answers have news of some partitions, and repeat the known end of the others.
    if (news.length === 0 && end === position && this.#reported.has(partition))
      return Promise.resolve()
    this.#reported.add(partition)
    return this.#callOrLeave(partition, () => this.#hand(partition, news, end))
  }

  reconnected(partition: number): Promise<void> {
    return this.#callOrLeave(partition, async () => this.#follower.onReconnect?.(partition))
  }

  troubled(error: FreshetError): void {
    this.#follower.onTrouble?.(error)
  }

  release(how: Left): void {
    this.#leave?.(how)
  }

  /**
   * Calls of one partition never overlap. A follower that is still busy leaves the shared subscription and reads on alone,
   * from its position at that time.
   */
  #callOrLeave(partition: number, call: () => Promise<void>): Promise<void> {
    if (this.#busy.has(partition)) {
      this.release({})
      return Promise.resolve()
    }
    return this.#call(partition, () =>
      call().catch((error: unknown) => {
        this.#failure = { error }
        this.release({ error })
      }),
    )
  }

  async #call(partition: number, call: () => Promise<void>): Promise<void> {
    const done = call()
    this.#busy.set(partition, done)
    try {
      await done
    } finally {
      this.#busy.delete(partition)
    }
  }

  async #hand(partition: number, records: readonly LogRecord[], end: bigint): Promise<void> {
    await this.#follower.onRecords(partition, records, end)
    const last = records.at(-1)
    this.#positions.set(partition, last === undefined ? end : last.offset + 1n)
  }

  /** Returns whether it has caught up, by answers to requests that it made since it began to read alone. */
  #hasCaughtUp(): boolean {
    if (this.#busy.size > 0) return false
    for (const [partition, position] of this.#positions)
      if (position < (this.#ends.get(partition) ?? position + 1n)) return false
    return true
  }

  /**
   * Joins the shared subscription or begins one, which then delivers the records. Returns `undefined` if the shared subscription is
   * ahead.
   */
  #join(signal: AbortSignal): Promise<Left> | undefined {
    const { subscriptions, topic, reader } = this.#shared
    const partitions = [...this.#positions.keys()].toSorted((a, b) => a - b)
    const key = JSON.stringify([topic, ...partitions])
    const known = subscriptions.get(key)
    if (known?.admits(this.#positions) === false) return undefined
    const subscription =
      known ?? new SharedSubscription(this.#positions, () => subscriptions.delete(key))
    subscriptions.set(key, subscription)
    this.#reported.clear()
    const left = this.#untilLeft(subscription, signal)
    if (known === undefined) void subscription.run(reader, topic)
    return left
  }

  #untilLeft(subscription: SharedSubscription, signal: AbortSignal): Promise<Left> {
    subscription.add(this)
    return new Promise((resolve) => {
      const onAbort = (): void => this.release({})
      this.#leave = (how) => {
        this.#leave = undefined
        signal.removeEventListener('abort', onAbort)
        subscription.leave(this)
        resolve(how)
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
