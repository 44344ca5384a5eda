interface Turns {
  readonly running: Promise<void>
  waiting: Promise<void> | undefined
}

/**
 * Lets one piece of work per key run at a time. Whoever asks while it runs waits for the next run,
 * which all of them share: it starts after they asked, so it sees what they have committed.
 */
export class ProducerTurns {
  readonly #turns = new Map<string, Turns>()

  /** Resolves or rejects as the run that started after this call. At most one run waits. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const turns = this.#turns.get(key)
    if (turns === undefined) return this.#start(key, work)
    turns.waiting ??= turns.running.then(
      () => this.#start(key, work),
      () => this.#start(key, work),
    )
    return turns.waiting
  }

  #start(key: string, work: () => Promise<void>): Promise<void> {
    const running = work()
    const turns: Turns = { running, waiting: undefined }
    this.#turns.set(key, turns)
    const finish = (): void => {
      if (turns.waiting === undefined) this.#turns.delete(key)
    }
    running.then(finish, finish)
    return running
  }
}
