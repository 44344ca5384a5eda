import { pointer } from '../lint/finding.ts'

/**
 * One difference of another version of the registry.
 *
 * `tightens`: what was allowed is not any more. `widens`: more is allowed than before. `other`: neither, like
 * another owner.
 */
export interface PolicyDifference {
  /** JSON pointer into the registry file. */
  readonly place: string
  readonly effect: 'tightens' | 'widens' | 'other'
  /**
   * Tokens that were minted before would keep the right that this removes: the claim map does not show it to
   * edges, and no source sends it. They end by a minimum above their version.
   */
  readonly needsMinimum: boolean
  /** The difference, as a sentence. */
  readonly sentence: string
}

/** Compares a part of the file. */
export type Compare<T> = (
  before: T,
  after: T,
  place: string,
  name: string,
) => readonly PolicyDifference[]

/** @internal What is taken away from tokens that are out. */
export function takesAway(place: string, sentence: string): PolicyDifference {
  return { place, effect: 'tightens', needsMinimum: true, sentence }
}

/** @internal What is taken away, and ends by itself at each edge or source. */
export function tightensAtOnce(place: string, sentence: string): PolicyDifference {
  return { place, effect: 'tightens', needsMinimum: false, sentence }
}

/** @internal What is allowed from now on. */
export function widens(place: string, sentence: string): PolicyDifference {
  return { place, effect: 'widens', needsMinimum: false, sentence }
}

/** @internal What changes nobody's rights. */
export function otherwise(place: string, sentence: string): PolicyDifference {
  return { place, effect: 'other', needsMinimum: false, sentence }
}

/** @internal How the entries of one part differ: each gone, each new, each that is in both. */
export function differencesIn<T>(
  part: string,
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  report: {
    readonly gone: (entry: T, place: string, name: string) => PolicyDifference
    readonly added: (entry: T, place: string, name: string) => PolicyDifference
    readonly changed: Compare<T>
  },
): readonly PolicyDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.flatMap((name) => {
    const [was, is, place] = [before.get(name), after.get(name), pointer(part, name)]
    if (was === undefined) return is === undefined ? [] : [report.added(is, place, name)]
    return is === undefined ? [report.gone(was, place, name)] : report.changed(was, is, place, name)
  })
}

/** @internal Names that are in one list and not in the other. */
export function missingFrom(list: readonly string[], names: readonly string[]): readonly string[] {
  return names.filter((name) => !list.includes(name))
}

/** @internal A duration as the file has it. */
export function writtenDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, factor] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / factor}${unit}`
}

/** @internal Members that neither take away nor allow, one sentence each. */
export function otherMembers<T>(
  names: readonly (keyof T & string)[],
  { before, after }: { readonly before: T; readonly after: T },
  { what, place }: { readonly what: string; readonly place: string },
): readonly PolicyDifference[] {
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => name.replace(/Ms$/, ''))
    .map((name) => otherwise(`${place}/${name}`, `\`${name}\` of ${what} is another`))
}
