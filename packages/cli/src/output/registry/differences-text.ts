import type { ShownDifference } from '@freshet/insight/answers'
import { printable } from '../printable.ts'

/** The kinds in the order of the output. */
const KINDS: readonly (readonly [string, (difference: ShownDifference) => boolean])[] = [
  ['takes away, also from outstanding tokens', ({ needsMinimum }) => needsMinimum],
  ['tightens', ({ effect, needsMinimum }) => effect === 'tightens' && !needsMinimum],
  ['widens', ({ effect }) => effect === 'widens'],
  ['neither', ({ effect }) => effect === 'other'],
]

/** The differences as people read them, what takes something away first. */
export function differencesText(differences: readonly ShownDifference[]): string {
  if (differences.length === 0) return 'no difference'
  const blocks = KINDS.flatMap(([heading, isOfKind]) => {
    const found = differences.filter(isOfKind)
    if (found.length === 0) return []
    return [[`${heading}:`, ...found.map(lineOf)]]
  })
  return blocks.map((lines) => lines.map(printable).join('\n')).join('\n')
}

function lineOf({ place, sentence, tokens }: ShownDifference): string {
  return `  ${place}: ${sentence}${tokens === undefined ? '' : ` (${tokensText(tokens)})`}`
}

/** @internal A number of tokens in words. */
export function tokensText(tokens: number): string {
  return `${tokens} ${tokens === 1 ? 'token' : 'tokens'}`
}

/** The minimum to give when such a version is activated. */
export function minimumAdvice(differences: readonly ShownDifference[], pv: number): string {
  const needed = differences.some(({ needsMinimum }) => needsMinimum)
  const minimum = needed ? ` --minimum ${pv}` : ''
  return `freshet registry activate ${pv}${minimum} --reason '…'`
}
