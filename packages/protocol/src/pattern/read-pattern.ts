import { PATTERN_LENGTH_MAX, PATTERN_STEPS_MAX, stepsOf, type Pattern } from './pattern.ts'
import { PatternReader } from './pattern-reader.ts'

/** A pattern, or why it is none. */
export type ReadPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads a pattern: characters, `.`, classes as `[a-z]` or `[^/]`, groups, `|`, and the repetitions `?`,
 * `*`, `+`, `{n}`, `{n,}` and `{n,m}`. A backslash makes punctuation stand for itself. It is a part of the regular
 * expressions of ECMAScript with the flags `u` and `s`, and means the same: what takes more than one reading of
 * a value (references, looking around) is not in it.
 */
export function readPattern(text: string): ReadPattern {
  if (text.length > PATTERN_LENGTH_MAX) {
    return { ok: false, problem: `it has more than ${PATTERN_LENGTH_MAX} characters` }
  }
  const reader = new PatternReader(text)
  const pattern = reader.whole()
  const { problem } = reader
  if (problem !== undefined) return { ok: false, problem }
  if (stepsOf(pattern) > PATTERN_STEPS_MAX) {
    const rule = `its repetitions make more than ${PATTERN_STEPS_MAX} steps`
    return { ok: false, problem: rule }
  }
  return { ok: true, pattern }
}
