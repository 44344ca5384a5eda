import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { RULES } from '../../infra/prose/src/rules.ts'
import { sentencesIn } from '../../infra/prose/src/sentences.ts'
import { isInstalled, run } from './installed.ts'

const ROOT = join(import.meta.dirname, '../..')
const TESTS = join(import.meta.dirname, 'alerts')
const FILES = ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((name) =>
  join(ROOT, 'infra/prometheus', name),
)

/** Their subject is a series that is missing, or a share of events that happened. */
const FIRE_ON_NOTHING: ReadonlySet<string> = new Set([
  'FreshetHealthUnknown',
  'FreshetServiceAbsent',
])

/** The budgets take some seconds of a processor, which a busy machine makes minutes. */
const PROMTOOL_MS = 600_000

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly annotations?: { readonly summary: string }
}
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}
interface TestFile {
  readonly tests: readonly {
    readonly name: string
    readonly input_series: readonly unknown[]
    readonly promql_expr_test: readonly {
      readonly expr: string
      readonly exp_samples: readonly unknown[]
    }[]
  }[]
}

const groups = FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleFile).groups)
const all = groups.flatMap(({ rules }) => rules)
const alerts = new Set(all.flatMap(({ alert }) => alert ?? []))

/**
 * Returns the rules of an alert, and those that record what they or its tests read. promtool evaluates each rule at
 * each step.
 */
function readBy(name: string, tests: TestFile['tests'] = []): ReadonlySet<Rule> {
  const found = new Set(all.filter(({ alert }) => alert === name))
  const add = (expr: string): void => {
    for (const rule of all)
      if (rule.record !== undefined && expr.includes(rule.record)) found.add(rule)
  }
  for (const { expr } of tests.flatMap((test) => test.promql_expr_test)) add(expr)
  for (const { expr } of found) add(expr)
  return found
}

/** Returns the file of these rules, in their groups. */
function fileOf(rules: ReadonlySet<Rule>): string {
  const kept = groups.map((group) => ({
    ...group,
    rules: group.rules.filter((rule) => rules.has(rule)),
  }))
  return stringify({ groups: kept.filter((group) => group.rules.length > 0) })
}
const isHere = isInstalled('promtool')

describe('alerts', () => {
  it('each have a file of tests, and no file is without its alert', () => {
    const named = readdirSync(TESTS).map((file) => file.replace('.yaml', ''))
    expect(named.toSorted()).toEqual([...alerts].toSorted())
  })

  it.each([...alerts].filter((name) => name !== 'Watchdog'))(
    '%s: a test fires it, one does not, and one has nothing at all or no traffic',
    (name) => {
      const { tests } = parse(readFileSync(join(TESTS, `${name}.yaml`), 'utf8')) as TestFile
      const silent = tests.filter(({ promql_expr_test: expectations }) =>
        expectations.every(({ exp_samples: samples }) => samples.length === 0),
      )
      expect(tests.length).toBeGreaterThan(silent.length)
      expect(silent.some(({ input_series: series }) => series.length > 0)).toBe(true)
      if (!FIRE_ON_NOTHING.has(name))
        expect(silent.some(({ input_series: series }) => series.length === 0)).toBe(true)
    },
  )
})

it.runIf(process.env['CI'] !== undefined)('promtool is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

/** Returns the rules of plain English that a text breaks. */
const brokenBy = (text: string): readonly string[] =>
  sentencesIn({ line: 1, text }).flatMap((sentence) =>
    RULES.filter(({ isBrokenBy }) => isBrokenBy(sentence)).map(({ name }) => name),
  )

describe('the summary of an alert', () => {
  it('is plain English', () => {
    const summaries = all.flatMap(({ annotations }) => annotations?.summary ?? [])
    expect(summaries.length).toBeGreaterThan(30)
    for (const text of summaries) expect([text, brokenBy(text)]).toEqual([text, []])
  })

  it('control: one without a subject is found', () => {
    expect(brokenBy('Of an edge that is told nothing.')).not.toEqual([])
  })
})

describe('the rules of an alert', () => {
  it('are its own, and those that record what it reads', () => {
    const read = readBy('FreshetErrorBudgetBurn')
    expect([...read].some(({ record }) => record === 'slo:sli_error:ratio_rate5m')).toBe(true)
    expect(new Set([...read].flatMap(({ alert }) => alert ?? []))).toHaveLength(1)
    expect([...readBy('Watchdog')]).toHaveLength(1)
  })
})

describe.runIf(isHere)('promtool', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-rules-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('promtool accepts the rules', () => {
    const checked = run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', ...FILES])
    expect(checked).toMatchObject({ isContent: true, text: expect.stringContaining('SUCCESS') })
  })

  it('control: it refuses a query that does not parse, and a rule that is twice there', () => {
    const rule = '{ record: "a:b", expr: "vector(1)" }'
    const broken = [
      'groups: [{ name: x, rules: [{ record: "a:b", expr: "sum(" }] }]',
      `groups: [{ name: x, rules: [${rule}, ${rule}] }]`,
    ]
    for (const text of broken) {
      writeFileSync(join(dir, 'broken.yaml'), text)
      const args = ['check', 'rules', '--lint=all', '--lint-fatal', join(dir, 'broken.yaml')]
      expect(run('promtool', args).isContent).toBe(false)
    }
  })

  it.each([...alerts])(
    '%s fires when it should, and only then',
    (name) => {
      const file = parse(readFileSync(join(TESTS, `${name}.yaml`), 'utf8')) as TestFile
      writeFileSync(join(dir, 'rules.yaml'), fileOf(readBy(name, file.tests)))
      writeFileSync(join(dir, 'test.yaml'), stringify({ ...file, rule_files: ['rules.yaml'] }))
      const checked = run('promtool', ['test', 'rules', join(dir, 'test.yaml')])
      expect(checked).toMatchObject({ isContent: true, text: expect.stringContaining('SUCCESS') })
    },
    PROMTOOL_MS,
  )

  it.each([
    ['one bad event were enough', /^one removal/, '> 2.5)', '> 0)'],
    ['a tenth might be bad', /^5 %/, ' * 0.001)', ' * 0.1)'],
  ])('control: if %s, a test of the budget would fail', (_, title, from, to) => {
    const [made = '', authored = ''] = FILES
    const file = parse(readFileSync(join(TESTS, 'FreshetErrorBudgetBurn.yaml'), 'utf8')) as TestFile
    const rules = readFileSync(made, 'utf8')
    expect(rules).toContain(from)
    writeFileSync(join(dir, 'slos.yaml'), rules.replaceAll(from, to))
    const tests = file.tests.filter(({ name }) => title.test(name))
    expect(tests).toHaveLength(1)
    const moved = { ...file, rule_files: [join(dir, 'slos.yaml'), authored], tests }
    writeFileSync(join(dir, 'test.yaml'), stringify(moved))
    expect(run('promtool', ['test', 'rules', join(dir, 'test.yaml')]).isContent).toBe(false)
  })
})
