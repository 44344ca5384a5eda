import type { Decision } from '../route/decision.ts'

type Counts = Record<Decision['decision'], number>

/** Why observed requests would have been refused, or `stripped`, and how often. */
export type ObservedCounts = Readonly<Record<string, number>>

type Counted = Pick<Decision, 'decision' | 'observed' | 'openings'>

interface Taken {
  readonly decisions: Readonly<Counts>
  readonly observed: ObservedCounts
  readonly opened: number
}

/** Decisions by kind, and what observed routes let in: since the start, and since the last report. */
export class DecisionCounts {
  readonly #total: Counts = { allow: 0, deny: 0, challenge: 0 }
  readonly #observed = new Map<string, number>()
  #opened = 0
  #reportedOpened = 0
  #reported: Counts = { allow: 0, deny: 0, challenge: 0 }
  #reportedObserved: ReadonlyMap<string, number> = new Map()

  count({ decision, observed, openings }: Counted): void {
    this.#total[decision] += 1
    if (openings !== undefined) this.#opened += 1
    const why = observed && whyNot(observed)
    if (why !== undefined) this.#observed.set(why, (this.#observed.get(why) ?? 0) + 1)
  }

  total(): Readonly<Counts> {
    return { ...this.#total }
  }

  /** Returns the count of each code. */
  observed(): ObservedCounts {
    return Object.fromEntries(this.#observed)
  }

  /** Requests that an opening let in (break-glass). */
  get opened(): number {
    return this.#opened
  }

  take(): Taken {
    const before = this.#reported
    const { allow, deny, challenge } = (this.#reported = this.total())
    const decisions = {
      allow: allow - before.allow,
      deny: deny - before.deny,
      challenge: challenge - before.challenge,
    }
    const known = this.#reportedObserved
    this.#reportedObserved = new Map(this.#observed)
    const news = [...this.#observed].map(([why, n]) => [why, n - (known.get(why) ?? 0)] as const)
    const opened = this.#opened - this.#reportedOpened
    this.#reportedOpened = this.#opened
    return { decisions, observed: Object.fromEntries(news.filter(([, n]) => n > 0)), opened }
  }
}

function whyNot({
  decision,
  code,
  stripped,
}: NonNullable<Decision['observed']>): string | undefined {
  if (decision !== 'allow') return code ?? decision
  return stripped.length > 0 ? 'stripped' : undefined
}
