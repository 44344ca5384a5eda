/** An answer of an edge about a token of a subject that lost a value. */
export interface Answered {
  readonly subject: string
  readonly edge: string
  /** The time of the question, by the clock of the witness. */
  readonly requestedMs: number
  readonly decision: 'allow' | 'stale' | 'other'
}

/** A request that an edge allowed later than D after the accepted removal. */
export interface LetIn {
  readonly subject: string
  readonly edge: string
  readonly afterMs: number
}

/** A change that the gateway accepted and that had no effect. */
export interface Lost {
  readonly subject: string
  readonly why: string
}

/** The removals that the gateway accepted, and the answers of the edges about them. */
export class Ledger {
  readonly #dMs: number
  readonly #acceptedMs = new Map<string, number>()
  readonly #staleMs = new Map<string, number>()
  readonly #lost: Lost[] = []
  readonly letIn: LetIn[] = []

  constructor(dMs: number) {
    this.#dMs = dMs
  }

  get removals(): number {
    return this.#acceptedMs.size
  }

  /** Records the removal of a subject at the time of the answer of the gateway. */
  accepted(subject: string, atMs: number): void {
    this.#acceptedMs.set(subject, atMs)
  }

  /** Records an answer. Answers before the removal count for nothing. */
  answered({ subject, edge, requestedMs, decision }: Answered, nowMs: number): void {
    const acceptedMs = this.#acceptedMs.get(subject)
    if (acceptedMs === undefined) return
    const afterMs = requestedMs - acceptedMs
    if (decision === 'allow' && afterMs > this.#dMs) this.letIn.push({ subject, edge, afterMs })
    const key = `${edge} ${subject}`
    if (decision === 'stale' && !this.#staleMs.has(key)) this.#staleMs.set(key, nowMs)
  }

  /** Returns true once the edge has called the token of the subject stale. */
  isStaleAt(subject: string, edge: string): boolean {
    return this.#staleMs.has(`${edge} ${subject}`)
  }

  /** Records that a new token of the subject has other values than the accepted changes give. */
  differs(subject: string, why: string): void {
    this.#lost.push({ subject, why })
  }

  /** Returns the changes that had no effect: those that differ, and the removals that an edge does not know. */
  lost(edges: readonly string[]): readonly Lost[] {
    const unknown = [...this.#acceptedMs.keys()].flatMap((subject) =>
      edges
        .filter((edge) => !this.isStaleAt(subject, edge))
        .map((edge) => ({ subject, why: `${edge} does not know the removal` })),
    )
    return [...this.#lost, ...unknown]
  }

  /** Returns the times from the answer of the gateway to the first refusal as stale, in ascending order. */
  refusedAfterMs(): readonly number[] {
    const times = [...this.#staleMs].map(([key, ms]) => {
      const subject = key.slice(key.indexOf(' ') + 1)
      return Math.max(0, ms - (this.#acceptedMs.get(subject) ?? ms))
    })
    return times.toSorted((a, b) => a - b)
  }
}
