import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ALERTS } from '../alerts.ts'
import { boardsOf } from '../boards/boards.ts'
import { promisesOf } from '../boards/promises.ts'
import { readSloFile } from '../read/read-slos.ts'
import { alertRule } from './alert.ts'
import { selectionsOf } from '../scope/selector.ts'
import { DEFAULT_OPTIONS, type AlertRule, type RecordingRule, type RuleOptions } from './rule.ts'
import { prometheusRule, ruleFiles } from './rule-files.ts'

const FILE = new URL('../../../../../infra/slo/slos.yaml', import.meta.url)
const PUBLISHED = new URL('../../../../cli/package.json', import.meta.url)
const entries = readSloFile(readFileSync(FILE, 'utf8'))
const files = ruleFiles(entries, DEFAULT_OPTIONS)

function alertsWith(options: RuleOptions): readonly AlertRule[] {
  return ruleFiles(entries, options)
    .alerts.flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertRule => 'alert' in rule)
}

describe('recording rules', () => {
  const records = files.slos
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is RecordingRule => 'record' in rule)

  it.each(entries)('of $slo.name are those that boards made for sloth ask for', ({ slo }) => {
    const own = records.filter(({ labels }) => labels?.['sloth_id'] === `freshet-${slo.name}`)
    expect(own.map(({ record }) => record)).toEqual(
      expect.arrayContaining([
        ...['5m', '30m', '1h', '2h', '6h', '1d', '3d', '4w'].map(
          (window) => `slo:sli_error:ratio_rate${window}`,
        ),
        'slo:objective:ratio',
        'slo:error_budget:ratio',
        'slo:time_period:days',
        'slo:current_burn_rate:ratio',
        'slo:period_burn_rate:ratio',
        'slo:period_error_budget_remaining:ratio',
        'sloth_slo_info',
      ]),
    )
    for (const { labels } of own)
      expect(labels).toMatchObject({ sloth_service: 'freshet', sloth_slo: slo.name })
  })

  it('answer nothing where nothing was valid', () => {
    for (const { record, expr } of records)
      if (record.startsWith('slo:sli_error')) expect(expr).toContain('> 0)')
  })
})

describe('alerts', () => {
  it('of budgets are told as their class is: both, by the 6 h row alone, by tickets alone', () => {
    const told = (name: string): readonly string[] =>
      alertsWith(DEFAULT_OPTIONS)
        .filter(({ labels }) => labels['sloth_slo'] === name)
        .map(
          ({ labels, expr }) => `${labels['severity']} ${expr.match(/ratio_rate\w+/g)?.join(' ')}`,
        )
    const fast = 'ratio_rate5m ratio_rate1h ratio_rate30m ratio_rate6h'
    const slow = 'ratio_rate2h ratio_rate1d ratio_rate6h ratio_rate3d'
    expect(told('kill-complete-2s')).toEqual([`page ${fast}`, `ticket ${slow}`])
    expect(told('stepup-complete-5s')).toEqual(['page ratio_rate30m ratio_rate6h'])
    expect(told('grow-complete-60s')).toEqual([`ticket ${slow}`])
  })

  it('say what, for how long, where to read on and where to look', () => {
    for (const { annotations, labels } of alertsWith(DEFAULT_OPTIONS)) {
      expect(labels['severity']).toMatch(/^(page|ticket|none)$/)
      expect(annotations['summary']).toMatch(/^\S.*\.$/)
      expect(annotations['description']).toMatch(/^\S.*\.?$/)
      expect(annotations['runbook_url']).toMatch(/^https:\/\/\S+\/docs\/runbooks\/\w+\.md$/)
      const isShown = labels['severity'] !== 'none'
      expect('dashboard' in annotations).toBe(isShown)
      expect(annotations).not.toHaveProperty('dashboard_url')
    }
  })

  it('lead to runbooks in the repository of the packages', () => {
    const { repository } = JSON.parse(readFileSync(PUBLISHED, 'utf8')) as {
      readonly repository: { readonly url: string }
    }
    const home = repository.url.replace(/^git\+|\.git$/g, '')
    expect(DEFAULT_OPTIONS.runbooks).toBe(`${home}/blob/main/docs/runbooks/`)
  })

  it('keep clusters apart', () => {
    for (const { alert, expr } of alertsWith(DEFAULT_OPTIONS))
      for (const aggregated of expr.match(/\b(?:sum|max|min|count|group)\b(?! by \(cluster)/g) ??
        [])
        expect([alert, aggregated]).toEqual(['FreshetErrorBudgetBurn', 'max'])
  })

  it('select what they are told to, in rules alone by what Prometheus knows', () => {
    const selections = selectionsOf(['env="prod"', 'site="$site"'])
    const made = ruleFiles(entries, { ...DEFAULT_OPTIONS, selections })
    const text = JSON.stringify(made)
    const own = (file: string): number => file.match(/freshet_[a-z_]+(?:\{|\[|\)| )/g)?.length ?? 0
    expect(text.match(/env=/g)?.length).toBeGreaterThan(own(JSON.stringify(files)) / 2)
    expect(text).not.toContain('$site')
  })

  it('take the names that others have for severities, and their places', () => {
    const severity = { page: 'critical', ticket: 'warning', none: 'none' }
    const named = { severity, runbooks: 'https://wiki.example/', grafana: 'https://g.example' }
    const options = { ...DEFAULT_OPTIONS, ...named }
    const first = alertsWith(options).find(({ alert }) => alert === 'FreshetErrorBudgetBurn')
    expect(first?.labels['severity']).toBe('critical')
    expect(first?.annotations['runbook_url']).toBe('https://wiki.example/FreshetErrorBudgetBurn.md')
    expect(first?.annotations['dashboard_url']).toMatch(
      /^https:\/\/g\.example\/d\/freshet-overview\?viewPanel=\d+&var-objective=kill-complete-2s$/,
    )
  })

  it('are those of the catalogue, each with its severity, and it has no others', () => {
    const listed = (terms: readonly (readonly [string, unknown])[]): readonly string[] =>
      [...new Set(terms.map(([name, severity]) => `${name} ${String(severity)}`))].toSorted()
    const made = alertsWith(DEFAULT_OPTIONS)
    expect(listed(made.map(({ alert, labels }) => [alert, labels['severity']]))).toEqual(
      listed(Object.values(ALERTS).map(({ name, severity }) => [name, severity])),
    )
  })

  it('control: one that points at a panel that is not there cannot be made', () => {
    const alert = {
      name: 'X',
      severity: 'page',
      expr: '1',
      summary: 'x',
      description: 'x',
    } as const
    const make = (title: string): AlertRule =>
      alertRule(
        { ...alert, panel: ['edges', title] },
        DEFAULT_OPTIONS,
        boardsOf(promisesOf(entries)),
      )
    expect(() => make('Decisions')).not.toThrow()
    expect(() => make('Decision')).toThrow(/no panel Decision/)
  })
})

it('the same groups make a PrometheusRule', () => {
  expect(prometheusRule(files)).toMatchObject({
    kind: 'PrometheusRule',
    spec: { groups: [...files.slos, ...files.alerts] },
  })
})
