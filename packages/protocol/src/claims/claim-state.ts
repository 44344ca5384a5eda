import type { ClaimValue } from '../scope/scope.ts'
import type { Polarity, Shape } from './tightening.ts'
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
  /** Decides which of two statements of one version counts. Absent: a granting set. */
  readonly claim?: { readonly polarity: Polarity; readonly shape: Shape }
}

/**
 * Merges one statement. Older statements never undo newer ones, whatever their order. A value
 * that grants needs all statements of one version, and a restriction needs one of them. Two values of a scalar
 * both stay, which puts it in doubt.
 */
export function mergeStatement(before: ClaimState, statement: ClaimStatement): ClaimState {
  const { op, version } = statement
  const replaces = op === 'set' || op === 'clear'
  const floor = replaces ? laterVersion(before.floor, version) : before.floor
  const elements = new Map(before.elements)
  for (const [key, stated] of statedElements(before, statement)) {
    elements.set(key, laterElement(elements.get(key), stated, isRestricting(statement)))
  }
  return withoutOlder({ floor, elements })
}

/** The elements that a statement gives or takes away, those that it omits at its own version included. */
function statedElements(
  before: ClaimState,
  statement: ClaimStatement,
): ReadonlyMap<string, Element> {
  const { op, version, values } = statement
  const listed = op === 'clear' ? [] : values
  const isScalar = statement.claim?.shape === 'scalar'
  const isEmptying = op === 'remove' || op === 'clear' || (op === 'set' && listed.length === 0)
  const narrows = !isRestricting(statement)
  const known = narrows ? elementsAt(before, version) : []
  const isClosed = narrows && compareVersions(before.floor, version) === 0
  const isEnded = isClosed || known.some(({ present }) => !present)
  const allows = (value: ClaimValue): boolean => {
    if (op === 'remove') return false
    if (isScalar) return !isEnded || known.some(({ present }) => present)
    return !isClosed || known.some((element) => valueKey(element.value) === valueKey(value))
  }
  const stated = new Map<string, Element>()
  const omits = isScalar ? isEmptying : op === 'set' || op === 'clear'
  for (const element of omits ? known : []) {
    stated.set(valueKey(element.value), { ...element, present: false })
  }
  for (const value of listed) {
    stated.set(valueKey(value), {
      value,
      version,
      present: narrows ? allows(value) : op !== 'remove',
    })
  }
  return stated
}

function isRestricting({ claim }: ClaimStatement): boolean {
  return claim?.polarity === 'restrict'
}

function elementsAt({ elements }: ClaimState, version: SourceVersion): readonly Element[] {
  return [...elements.values()].filter((each) => compareVersions(each.version, version) === 0)
}

/** Joins two states of a granting set: the least state that knows what both know. */
export function joinClaims(a: ClaimState, b: ClaimState): ClaimState {
  const floor = laterVersion(a.floor, b.floor)
  const elements = new Map<string, Element>()
  for (const [state, other] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const [key, element] of state.elements) {
      const isOmitted =
        compareVersions(other.floor, element.version) === 0 && !other.elements.has(key)
      const stated = isOmitted ? { ...element, present: false } : element
      elements.set(key, laterElement(elements.get(key), stated, false))
    }
  }
  return withoutOlder({ floor, elements })
}

/** Elements below the floor are gone for good: a statement of them that arrives later is older, too. */
function withoutOlder({ floor, elements }: ClaimState): ClaimState {
  const kept = [...elements].filter(([, { version }]) => compareVersions(version, floor) >= 0)
  return { floor, elements: kept.length === elements.size ? elements : new Map(kept) }
}

/** At equal versions the narrower counts: a grant that is absent, a restriction that is present. */
function laterElement(before: Element | undefined, stated: Element, restricts: boolean): Element {
  if (before === undefined) return stated
  const order = compareVersions(stated.version, before.version)
  if (order === 0) return stated.present === restricts ? stated : before
  return order > 0 ? stated : before
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
