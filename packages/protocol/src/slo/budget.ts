import type { Slo } from './slo.ts'

/** A measurement over some time: `good` of `valid`. */
export interface Measured {
  readonly good: number
  readonly valid: number
}

/** The allowance of an objective over its window, and its use. */
export interface Budget {
  /** The bad events that the whole window allows, by the events of the measured part of it. */
  readonly allowed: number
  /** The share of them that is left: 0 or less, if the budget is spent. */
  readonly remaining: number
}

/**
 * Bad events that an alert, and a spent budget, need at least. At 99.9 %, one late change in a quiet hour already
 * burns at 14 times the rate, and has no meaning yet.
 */
export const BAD_EVENTS_MIN = 3

/** Digits that a difference of two shares is good for: 1 − 0.9999 is 0.0001, not 0.00009999999999998899. */
const DIGITS = 12

/** The allowed share of bad events: 1 − target. */
export function allowedErrors(target: number): number {
  return Number((1 - target).toFixed(DIGITS))
}

/**
 * The budget of an objective over its whole window, of which `measuredShare` (above 0, at most 1) was measured. The rest
 * of the window counts with as many events as the measured part. `null` where nothing was measured: that is neither met
 * nor missed.
 */
export function budgetOf(
  { target }: Pick<Slo, 'target'>,
  { good, valid }: Measured,
  measuredShare: number,
): Budget | null {
  if (valid === 0) return null
  const allowed = Math.max(BAD_EVENTS_MIN, (allowedErrors(target) * valid) / measuredShare)
  return { allowed, remaining: 1 - (valid - good) / allowed }
}

/** The rate at which a budget burns at this share of *bad* among valid; 1 is evenly over its window. */
export function burnRate(errorRatio: number, target: number): number {
  return errorRatio / allowedErrors(target)
}
