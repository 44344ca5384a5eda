/** `next` work runs before all other work that waits. */
export type Urgency = 'next' | 'in turn'

interface Queue {
  readonly next: (() => void)[]
  readonly inTurn: (() => void)[]
}

/**
 * Runs one piece of work for each feed at the store at a time. The feed's lock would have the same effect,
 * but each waiter would hold a connection: one busy source would take the connections of all others. The
 * limit on events in flight bounds the wait. Heartbeats, and changes of the control partition alone, do not
 * wait behind other changes.
 */
export class FeedTurns {
  readonly #queues = new Map<string, Queue>()

  /** Runs `work` when no other work of this key runs. */
  async run<T>(key: string, urgency: Urgency, work: () => Promise<T>): Promise<T> {
    await this.#enter(key, urgency)
    try {
      return await work()
    } finally {
      this.#leave(key)
    }
  }

  #enter(key: string, urgency: Urgency): Promise<void> {
    const queue = this.#queues.get(key)
    if (queue === undefined) {
      this.#queues.set(key, { next: [], inTurn: [] })
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const waiting = urgency === 'next' ? queue.next : queue.inTurn
      waiting.push(resolve)
    })
  }

  #leave(key: string): void {
    const queue = this.#queues.get(key)
    const enter = queue?.next.shift() ?? queue?.inTurn.shift()
    if (enter === undefined) this.#queues.delete(key)
    else enter()
  }
}
