/** A finding, as far as surfaces are compared. */
export interface ShownCause {
  readonly finding: string
  readonly object: string
  readonly what: string
  readonly symptoms?: readonly ShownCause[]
}

/** The verdict as the routes and the command line give it. */
export interface Verdict {
  readonly state: string
  readonly causes: readonly ShownCause[]
}

/** Each state as a page names it. */
export const WORDS: Readonly<Record<string, string>> = {
  fresh: 'Fresh',
  degraded: 'Degraded',
  'not-fresh': 'Not fresh',
  unknown: 'Unknown',
}

/** Returns the name of a cause. */
export function nameOf({ finding, object }: Pick<ShownCause, 'finding' | 'object'>): string {
  return `${finding} ${object}`
}

/** Returns the state with its first cause. */
export function firstOf({ state, causes: [first] }: Verdict): string {
  return first === undefined ? state : `${state}: ${nameOf(first)}`
}

/** Returns the state with all causes. */
export function allOf({ state, causes }: Verdict): string {
  return [state, ...causes.map(nameOf)].join(', ')
}

/** Returns a sentence without its figures: ages grow, and a page shows moments by its own clock. */
export function steady(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d:\d\d|\d+(?:\.\d+)?/g, '#')
}
