import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPattern } from './read-pattern.ts'
import { valueTest } from './value-test.ts'

const RUNS = { numRuns: 4_000 }
// Short, and patterns of few parts: what they are compared with searches with backtracking, for minutes if it may.
const letters = 'ab:.-\n💧'
const value = fc
  .array(fc.constantFrom(...Array.from(letters)), { maxLength: 4 })
  .map((each) => each.join(''))
const atom = fc.constantFrom(
  'a',
  'b',
  ':',
  '\\.',
  '-',
  '💧',
  '.',
  '[ab]',
  '[^a]',
  '[a-b.-]',
  '[^💧]',
)
const repetition = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,}', '{0,2}', '{1,3}')

/** Patterns of every form, a few levels deep. */
const { pattern } = fc.letrec<{ readonly pattern: string; readonly part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    atom,
    tie('pattern').map((p) => `(${p})`),
  ),
  pattern: fc
    .array(
      fc
        .array(
          fc.tuple(tie('part'), repetition).map((two) => two.join('')),
          { maxLength: 2 },
        )
        .map((parts) => parts.join('')),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((options) => options.join('|')),
}))

function matches(text: string, candidate: string): boolean | 'none' {
  const read = readPattern(text)
  return read.ok ? valueTest(read.pattern)(candidate) : 'none'
}

describe('a pattern', () => {
  it('means what it means as a regular expression of the whole value', () => {
    const seen = { true: 0, false: 0, none: 0 }
    const check = (text: string, candidate: string): void => {
      const found = matches(text, candidate)
      seen[`${found}`] += 1
      if (found === 'none') return
      expect(found).toBe(new RegExp(`^(?:${text})$`, 'us').test(candidate))
    }
    fc.assert(fc.property(pattern, value, check), RUNS)
    // Control: both answers were compared, and few patterns were too large.
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(RUNS.numRuns / 20)
    expect(seen.none).toBeLessThan(RUNS.numRuns / 4)
  })

  it('that is read is a regular expression, whatever characters it is made of', () => {
    const text = fc.array(fc.constantFrom(...Array.from('ab0,^$\\.*+?()[]{}|/-d💧')), {
      maxLength: 8,
    })
    const check = (characters: readonly string[]): void => {
      const written = characters.join('')
      if (readPattern(written).ok) expect(() => new RegExp(written, 'us')).not.toThrow()
    }
    fc.assert(fc.property(text, check), { numRuns: 20_000 })
  })
})
