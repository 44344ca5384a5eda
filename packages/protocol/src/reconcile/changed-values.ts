import { keysBeyond, type ClaimState } from '../claims/claim-state.ts'
import type { ClaimValue } from '../scope/scope.ts'

/** The values of each kind that the row of a change keeps; beyond it only their number is kept. */
export const CHANGED_VALUES_MAX = 20

/** The values that a change took away, and those that it gave. At most {@link CHANGED_VALUES_MAX} of each. */
export interface ChangedValues {
  readonly lost: readonly ClaimValue[]
  readonly gained: readonly ClaimValue[]
  /** The numbers of all of them. */
  readonly lostCount: number
  readonly gainedCount: number
}

/** Returns the difference between two states of a claim of a subject; `undefined` without one. */
export function changedValues(
  before: ClaimState | undefined,
  after: ClaimState,
): ChangedValues | undefined {
  const lost = before === undefined ? [] : keysBeyond(before, after)
  const gained = before === undefined ? keysIn(after) : keysBeyond(after, before)
  if (lost.length + gained.length === 0) return undefined
  return {
    lost: valuesOf(lost),
    gained: valuesOf(gained),
    lostCount: lost.length,
    gainedCount: gained.length,
  }
}

/** Returns the difference of a change that takes one value from all of its holders. */
export function lostValue(value: ClaimValue): ChangedValues {
  return { lost: [value], gained: [], lostCount: 1, gainedCount: 0 }
}

function keysIn(state: ClaimState): readonly string[] {
  return keysBeyond(state, { ...state, elements: new Map() })
}

function valuesOf(keys: readonly string[]): readonly ClaimValue[] {
  return keys
    .toSorted()
    .slice(0, CHANGED_VALUES_MAX)
    .map((key) => JSON.parse(key) as ClaimValue)
}
