/** What a turn produces: the rows of these events, or every row that waits. */
export type Wanted = readonly string[] | 'all'

type Work = (wanted: Wanted) => Promise<void>

interface Turns {
  readonly running: Promise<void>
  waiting: Promise<void> | undefined
  /** What those want who share the run that waits. */
  wanted: Wanted
}

/**
 * Lets one piece of work per key run at a time. Whoever asks while it runs waits for the next run,
 * which all of them share: it starts after they asked, so it sees what they have committed. After a run that
 * failed the next one produces all, because it is not known here what stands in the topic.
 */
export class ProducerTurns {
  readonly #turns = new Map<string, Turns>()
  /** As many as feeds have partitions. */
  readonly #failed = new Set<string>()

  /** Resolves or rejects as the run that started after this call. At most one run waits. */
  run(key: string, wanted: Wanted, work: Work): Promise<void> {
    const turns = this.#turns.get(key)
    if (turns === undefined) return this.#start(key, wanted, work)
    turns.wanted = both(turns.wanted, wanted)
    const again = (): Promise<void> => this.#start(key, turns.wanted, work)
    turns.waiting ??= turns.running.then(again, again)
    return turns.waiting
  }

  #start(key: string, wanted: Wanted, work: Work): Promise<void> {
    const running = work(this.#failed.delete(key) ? 'all' : wanted)
    const turns: Turns = { running, waiting: undefined, wanted: [] }
    this.#turns.set(key, turns)
    const finish = (): void => {
      if (turns.waiting === undefined) this.#turns.delete(key)
    }
    running.then(finish, () => {
      this.#failed.add(key)
      finish()
    })
    return running
  }
}

function both(one: Wanted, other: Wanted): Wanted {
  return one === 'all' || other === 'all' ? 'all' : [...one, ...other]
}
