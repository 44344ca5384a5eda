import { describe, expect, it } from 'vitest'
import { deviationsOf, lowered, type Budget } from './budget.ts'
import { resultsOf } from './findings.ts'
import { partsOf, type TextFile } from './parts.ts'
import { deviationsText, figuresText } from './report.ts'

const goalPercent = { who: 0, what: 2, said: 0.8, nobody: 0.1, fragment: 1, long: 0 }
const FILES: readonly TextFile[] = [
  { path: 'README.md', text: 'Nobody is heard.\n\nAn edge applies it.\n' },
  { path: 'packages/edge/src/a.ts', text: '/** What it is. */\nexport const a = 1\n' },
  { path: 'packages/cli/src/b.ts', text: `c.description('who did it')` },
]
const BUDGET: Budget = {
  goalPercent,
  allowed: {
    docs: { said: 1, nobody: 1 },
    'comments packages/edge': { what: 1 },
    help: { who: 1 },
  },
}

const run = (files: readonly TextFile[], budget = BUDGET): string => {
  const results = resultsOf(partsOf(files))
  return deviationsText(deviationsOf(results, budget), results)
}

describe('the budget', () => {
  it('accepts what it allows', () => {
    expect(run(FILES).trim()).toBe('')
  })

  it.each<[string, TextFile]>([
    ['docs', { path: 'docs/a.md', text: 'Whoever asks is refused.' }],
    ['comments packages/edge', { path: 'packages/edge/src/c.ts', text: '// Whether it is so.' }],
    ['help', { path: 'packages/cli/src/d.ts', text: `c.option('--x', 'who is meant')` }],
    ['errors', { path: 'packages/a/src/e.ts', text: `new CliError('x', 'Nobody told it.')` }],
  ])(
    'control: one sentence of the old dialect more in %s is named with its place',
    (part, file) => {
      const text = run([...FILES, file])
      expect(text).toContain(`${part}: `)
      expect(text).toContain(`${file.path}:1`)
      expect(text).not.toContain('lower the budget')
    },
  )

  it('asks to be lowered where there is less, and then allows no more than that', () => {
    const fewer = FILES.slice(1)
    expect(run(fewer)).toContain('docs: 0 sentences break the rule said, and the budget is 1')
    expect(run(fewer)).toContain('lower the budget')
    const next = lowered(resultsOf(partsOf(fewer)), BUDGET)
    expect(run(fewer, next).trim()).toBe('')
    expect(run(FILES, next)).toContain('README.md:1')
  })

  it('never rises by being lowered', () => {
    const more = [...FILES, { path: 'docs/a.md', text: 'Nobody is heard.' }]
    expect(lowered(resultsOf(partsOf(more)), BUDGET)).toEqual(BUDGET)
  })

  it('lets long sentences pass in comments, not in pages', () => {
    const text = `An edge ${'reads and '.repeat(20)}ends.`
    const long = [{ path: 'packages/edge/src/f.ts', text: `// ${text}` }]
    expect(run([...FILES, ...long]).trim()).toBe('')
    expect(run([...FILES, { path: 'docs/g.md', text }])).toContain('break the rule long')
  })
})

it('the figures have a line for each part, and the goal', () => {
  const text = figuresText(resultsOf(partsOf(FILES)), BUDGET)
  expect(text).toMatch(/^docs +2 +– +– +1 \(50\.0 %\) +1 \(50\.0 %\)/m)
  expect(text).toMatch(/^comments packages\/edge +1 +– +1 \(100\.0 %\)/m)
  expect(text).toMatch(/^goal +0 % +2 % +0\.8 % +0\.1 %/m)
})
