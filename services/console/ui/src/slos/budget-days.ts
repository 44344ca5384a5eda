import type { SloAnswer } from '@freshet/insight/answers'

/** A day of the window, and what was left of the budget at its end. */
export interface Day {
  readonly day: string
  readonly atMs: number
  readonly good: number
  readonly valid: number
  /** The remaining share of the budget of the whole window; 0: it is spent. */
  readonly left: number
}

/** Spends the window's budget day by day. The last day ends where the objective stands now. */
export function budgetDays({
  allowed,
  history,
}: Pick<SloAnswer, 'allowed' | 'history'>): readonly Day[] {
  let spent = 0
  return history
    .toSorted((a, b) => a.from.localeCompare(b.from))
    .map(({ from, good, valid: some }) => {
      spent += some - good
      const left = allowed ? Math.max(0, 1 - spent / allowed) : 1
      return { day: from.slice(0, 10), atMs: Date.parse(from), good, valid: some, left }
    })
}
