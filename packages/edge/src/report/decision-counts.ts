import type { Decision } from '../route/decision.ts'

type Counts = Record<Decision['decision'], number>

/** Decisions by kind: since the start, and since they were last reported. */
export class DecisionCounts {
  readonly #total: Counts = { allow: 0, deny: 0, challenge: 0 }
  #reported: Counts = { allow: 0, deny: 0, challenge: 0 }

  count({ decision }: Pick<Decision, 'decision'>): void {
    this.#total[decision] += 1
  }

  total(): Readonly<Counts> {
    return { ...this.#total }
  }

  take(): Readonly<Counts> {
    const before = this.#reported
    const { allow, deny, challenge } = (this.#reported = this.total())
    return {
      allow: allow - before.allow,
      deny: deny - before.deny,
      challenge: challenge - before.challenge,
    }
  }
}
