/** The rows that a turn produces: those of these events, or every row that waits. */
export type Wanted = readonly string[] | 'all'

type Work = (wanted: Wanted) => Promise<void>

interface Turns {
  readonly running: Promise<void>
  waiting: Promise<void> | undefined
  /** The rows that the callers of the waiting run want. */
  wanted: Wanted
}

/**
 * Runs one piece of work for each key at a time. Callers that come during a run share the next run. It starts
 * after their calls, so it reads the rows that they committed. After a run that failed, the next one produces
 * all rows, because this process does not know which records the topic has.
 */
export class ProducerTurns {
  readonly #turns = new Map<string, Turns>()
  /** At most one entry for each partition of a feed. */
  readonly #failed = new Set<string>()

  /** Settles with the outcome of the run that started after this call. At most one run waits. */
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
