import type { Slo } from './slo.ts'

/** A measurement over some time: `good` of `valid`. */
export interface Measured {
  readonly good: number
  readonly valid: number
}

/** The allowance of an objective over its window, and its use. All are shares. */
export interface Budget {
  readonly objective: number
  /** Bad of valid. */
  readonly errorRatio: number
  /** The spent share of the budget: 1 is all of it, 2 is twice as much. */
  readonly spent: number
  /** 1 − spent: below zero where more was spent than there was. */
  readonly remaining: number
}

/** Digits that a difference of two shares is good for: 1 − 0.9999 is 0.0001, not 0.00009999999999998899. */
const DIGITS = 12

/** The allowed share of bad events: 1 − target. */
export function allowedErrors(target: number): number {
  return Number((1 - target).toFixed(DIGITS))
}

/** The budget of an objective over its window. `null` where nothing was measured: that is neither met nor missed. */
export function budgetOf(
  { target }: Pick<Slo, 'target'>,
  { good, valid }: Measured,
): Budget | null {
  if (valid === 0) return null
  const errorRatio = (valid - good) / valid
  const spent = burnRate(errorRatio, target)
  return { objective: target, errorRatio, spent, remaining: 1 - spent }
}

/** The rate at which a budget burns at this share of *bad* among valid; 1 is evenly over its window. */
export function burnRate(errorRatio: number, target: number): number {
  return errorRatio / allowedErrors(target)
}
