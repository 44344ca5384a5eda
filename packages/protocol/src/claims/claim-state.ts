import type { ClaimValue } from '../scope/scope.ts'
import {
  compareVersions,
  laterVersion,
  NO_VERSION,
  type SourceVersion,
} from '../position/source-version.ts'

/** The last state of one element, as its source sent it. Absent elements stay as tombstones (rule 7). */
export interface ElementState {
  readonly version: SourceVersion
  readonly present: boolean
}

/**
 * The state of one claim of one subject, from one source. `floor` is the newest `set` or `clear`: elements of
 * an older version are gone. Merging is commutative, associative and idempotent.
 */
export interface ClaimState {
  readonly floor: SourceVersion
  readonly elements: ReadonlyMap<string, Element>
}

/** A value with its state, keyed by {@link valueKey}. */
export interface Element extends ElementState {
  readonly value: ClaimValue
}

/** A claim without any accepted change. */
export const EMPTY_CLAIM: ClaimState = { floor: NO_VERSION, elements: new Map() }

/** The key of a value among the elements of a claim; `1` and `"1"` differ. */
export function valueKey(value: ClaimValue): string {
  return JSON.stringify(value)
}

/** One statement of a source about a claim, as far as merging needs it. */
export interface ClaimStatement {
  readonly op: 'set' | 'add' | 'remove' | 'clear'
  readonly values: readonly ClaimValue[]
  readonly version: SourceVersion
}

/** Merges one statement. Older statements never undo newer ones, whatever their order. */
export function mergeStatement(before: ClaimState, statement: ClaimStatement): ClaimState {
  const { op, values, version } = statement
  const replaces = op === 'set' || op === 'clear'
  const elements = new Map(before.elements)
  for (const value of op === 'clear' ? [] : values) {
    const key = valueKey(value)
    const said = { value, version, present: op !== 'remove' }
    elements.set(key, laterElement(elements.get(key), said))
  }
  return { floor: replaces ? laterVersion(before.floor, version) : before.floor, elements }
}

/** Joins two states of the same claim: the least state that knows what both know. */
export function joinClaims(a: ClaimState, b: ClaimState): ClaimState {
  const elements = new Map(a.elements)
  for (const [key, element] of b.elements) {
    elements.set(key, laterElement(elements.get(key), element))
  }
  return { floor: laterVersion(a.floor, b.floor), elements }
}

/** At equal versions absence wins, so that a contradiction narrows. */
function laterElement(before: Element | undefined, said: Element): Element {
  if (before === undefined) return said
  const order = compareVersions(said.version, before.version)
  if (order === 0) return said.present ? before : said
  return order > 0 ? said : before
}

/**
 * The values in force: present, not below the claim's floor, and above `above`, where a deletion
 * of the subject or a withdrawal of the value gives such a floor.
 */
export function valuesInForce(
  state: ClaimState,
  above: (value: ClaimValue) => SourceVersion = () => NO_VERSION,
): readonly ClaimValue[] {
  const inForce: Element[] = []
  for (const key of [...state.elements.keys()].sort()) {
    const element = state.elements.get(key)
    if (element && isInForce(element, state.floor) && isAbove(element, above)) inForce.push(element)
  }
  return inForce.map(({ value }) => value)
}

/** Returns whether some value is in force in one state of a claim and not in another. */
export function hasMore(state: ClaimState, other: ClaimState): boolean {
  for (const [key, element] of state.elements) {
    if (!isInForce(element, state.floor)) continue
    const there = other.elements.get(key)
    if (there === undefined || !isInForce(there, other.floor)) return true
  }
  return false
}

/** The newest version of any element of a claim, and of its floor. */
export function newestVersion({ floor, elements }: ClaimState): SourceVersion {
  let newest = floor
  for (const { version } of elements.values()) newest = laterVersion(newest, version)
  return newest
}

/** Keys of the values that are in force in one state of a claim and not in another. */
export function keysBeyond(state: ClaimState, other: ClaimState): readonly string[] {
  return [...state.elements]
    .filter(([key, element]) => {
      const there = other.elements.get(key)
      const isThere = there !== undefined && isInForce(there, other.floor)
      return isInForce(element, state.floor) && !isThere
    })
    .map(([key]) => key)
}

function isInForce({ present, version }: Element, floor: SourceVersion): boolean {
  return present && compareVersions(version, floor) >= 0 && compareVersions(version, NO_VERSION) > 0
}

function isAbove(element: Element, above: (value: ClaimValue) => SourceVersion): boolean {
  return compareVersions(element.version, above(element.value)) > 0
}
