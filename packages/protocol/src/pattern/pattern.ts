/** Longest pattern, in UTF-16 units. */
export const PATTERN_LENGTH_MAX = 256

/** Steps that a pattern may have once its repetitions are written out: each costs time at every character. */
export const PATTERN_STEPS_MAX = 512

/** The characters that are accepted at one place of a value. */
export type Symbols =
  | { readonly kind: 'any' }
  | {
      readonly kind: 'ranges'
      readonly isNegated: boolean
      readonly ranges: readonly (readonly [from: number, to: number])[]
    }

/** A pattern as a tree. */
export type Pattern =
  | { readonly kind: 'symbol'; readonly symbols: Symbols }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | {
      readonly kind: 'repeat'
      readonly part: Pattern
      readonly min: number
      /** `Infinity`: without an end. */
      readonly max: number
    }

/** Steps of a pattern with its repetitions written out. */
export function stepsOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'symbol':
      return 1
    case 'sequence':
      return sum(pattern.parts)
    case 'choice':
      return 1 + sum(pattern.options)
    case 'repeat': {
      const { part, min, max } = pattern
      return (1 + stepsOf(part)) * (max === Infinity ? min + 1 : max)
    }
  }
}

function sum(patterns: readonly Pattern[]): number {
  return patterns.reduce((total, each) => total + stepsOf(each), 0)
}
