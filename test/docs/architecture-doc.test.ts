import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesByRule, RULES, rulesNamedIn, testFiles, titlesIn } from '../rules/named-rules.ts'
import { PRODUCT_CONTROLS } from '../simulation/controls.ts'
import { CHECKPOINT_CONTROLS, WITHOUT_EVIDENCE } from '../simulation/controls/checkpoints.ts'
import { allPages, missingIn, pathsNamedIn, readPage, ROOT, rowsOf } from './pages.ts'

const LINES_MAX = 350
const INTRODUCTION_BYTES_MAX = 12_288
const introduction = readPage('ARCHITECTURE.md')
const rulesPage = readPage('docs/protocol/rules.md')
const invariantsPage = readPage('docs/protocol/invariants.md')
const tests = testFiles(ROOT, ['packages', 'services', 'test'])

/** Returns the one path in a cell. */
function pathIn(cell = ''): string {
  return /^`([^`]+)`$/.exec(cell)?.[1] ?? ''
}

describe('pages name what exists', () => {
  it.each(allPages())('$path', (each) => {
    expect(missingIn(each)).toEqual([])
  })

  it('control: a path or a link that leads nowhere is found', () => {
    const text =
      'See `packages/protocol/src/no.ts`, `test/rules/named-rules.ts` and [x](../no.md#y).'
    expect(missingIn({ path: 'docs/page.md', text })).toEqual([
      'packages/protocol/src/no.ts',
      'no.md',
    ])
  })
})

describe('pages of the protocol', () => {
  const inFolder = allPages().filter(({ path }) => path.startsWith('docs/protocol/'))

  it.each([introduction, ...inFolder])('$path can be read in one sitting', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(LINES_MAX)
  })

  it('ARCHITECTURE.md is a short introduction', () => {
    expect(Buffer.byteLength(introduction.text)).toBeLessThanOrEqual(INTRODUCTION_BYTES_MAX)
  })

  it('ARCHITECTURE.md leads to each of them, directly or by their list', () => {
    const list = readPage('docs/protocol/README.md')
    const linked = [introduction, list].flatMap(pathsNamedIn)
    expect(inFolder.map(({ path }) => path).filter((path) => !linked.includes(path))).toEqual([])
  })
})

describe('the table of rules', () => {
  const rows = rowsOf(rulesPage.text, /^\d+$/)
  const byRule = filesByRule(tests)
  const rulesOf = (controls: readonly { readonly rule: string }[]): ReadonlySet<string> =>
    new Set(controls.flatMap(({ rule }) => rule.split(', ')))
  const shown = rulesOf(CHECKPOINT_CONTROLS)
  const simulated = rulesOf(PRODUCT_CONTROLS)
  const searched = rulesOf(WITHOUT_EVIDENCE)

  it('has one row for each, in order', () => {
    expect(rows.map(([rule]) => Number(rule))).toEqual(RULES)
  })

  it.each(rows)('row %s names a test that names it', (...cells) => {
    const [rule, , , test] = cells
    expect(byRule.get(Number(rule)) ?? []).toContain(join(ROOT, pathIn(test)))
  })

  it('control: a test that exists and does not name the rule would be refused', () => {
    const named = byRule.get(9) ?? []
    expect(named).not.toEqual([])
    expect(named).not.toContain(join(ROOT, 'packages/protocol/src/position/partition.test.ts'))
  })

  it.each(rows)('row %s names the control that shows what breaks without it', (...cells) => {
    const [rule = '', , , , control = ''] = cells
    const models = [
      ...(shown.has(rule) ? ['explorer'] : []),
      ...(simulated.has(rule) ? ['simulation'] : []),
      ...(searched.has(rule) && !shown.has(rule) ? ['searched'] : []),
    ]
    expect(control.match(/\b(explorer|simulation|searched)\b/g) ?? []).toEqual(models)
    for (const path of pathsNamedIn({ path: rulesPage.path, text: control }))
      expect(controlsIn(join(ROOT, path))).toContain(Number(rule))
  })

  it.each(rows)('row %s has a control, or a reason why there is none', (...cells) => {
    const [, , , , control = ''] = cells
    expect(isControlled(control) || /^searched: .{20,}$/.test(control)).toBe(true)
  })

  it('control: an empty cell, or a search without a reason, would be refused', () => {
    expect(['', 'searched', 'none'].filter(isControlled)).toEqual([])
  })
})

/** Returns the rules that titles of a file name together with the term `control`. */
function controlsIn(file: string): readonly number[] {
  const titles = titlesIn(readFileSync(file, 'utf8'))
  const controls = titles.filter((title) => /\bcontrol\b/.test(title))
  return controls.flatMap((title) => [...rulesNamedIn(title)])
}

function isControlled(cell: string): boolean {
  return /^(`test|`packages|explorer|simulation)/.test(cell)
}

describe('the table of invariants', () => {
  const rows = rowsOf(invariantsPage.text, /^[SV]\d+$/)
  const titles = tests.flatMap((file) => titlesIn(readFileSync(file, 'utf8'))).join('\n')

  it('has one row for each, in order', () => {
    const numbered = (letter: string, count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
    expect(rows.map(([name]) => name)).toEqual([...numbered('S', 26), ...numbered('V', 7)])
  })

  it.each(rows)('row %s names a test file, or states that there is none', (...cells) => {
    const [, , held = ''] = cells
    const named = pathsNamedIn({ path: invariantsPage.path, text: held })
    const isTest = (file: string): boolean => /\.test\.ts$|-contract[\w-]*\.ts$/.test(file)
    if (/^not (tested|built) yet/.test(held)) expect(named.filter(isTest)).toEqual([])
    else expect(named.filter(isTest)).not.toEqual([])
  })

  it.each(rows)('row %s does not deny a test that names it', (...cells) => {
    const [name = '', , held = ''] = cells
    const isNamed = new RegExp(`\\b${name}\\b`).test(titles)
    expect(isNamed && held.startsWith('not')).toBe(false)
  })
})
