import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  adaptBoard,
  adaptRules,
  adaptSeverities,
  readMatchers,
  type Adaptation,
  type Board,
} from './adaptation.ts'
import { RUNBOOKS_URL } from './alerts.ts'
import type { AlertRule, RuleGroup } from './rules.ts'

const INFRA = new URL('../../../../infra/', import.meta.url)
const textOf = (path: string): string => readFileSync(new URL(path, INFRA), 'utf8')
const boards = ['overview', 'pipeline', 'edges'].map(
  (name) => JSON.parse(textOf(`grafana/freshet-${name}.json`)) as Board,
)
const groups = ['slos', 'alerts'].flatMap(
  (name) =>
    (parse(textOf(`prometheus/freshet-${name}.yaml`)) as { groups: readonly RuleGroup[] }).groups,
)

const NONE: Adaptation = {
  matchers: [],
  severities: { page: 'page', ticket: 'ticket' },
  runbooks: RUNBOOKS_URL,
}
const ADAPTED: Adaptation = {
  matchers: ['env="prod"', 'site="$site"'],
  severities: { page: 'critical', ticket: 'warning' },
  runbooks: 'https://wiki.example/',
  grafana: 'https://g.example',
}

function alertsWith(adaptation: Adaptation): readonly AlertRule[] {
  return adaptRules(groups, adaptation, boards)
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertRule => 'alert' in rule)
}

describe('a selector', () => {
  it('is read as its matchers', () => {
    expect(readMatchers('env="prod", region=~"eu-.+,x" ,a!="b\\"c"')).toEqual([
      'env="prod"',
      'region=~"eu-.+,x"',
      'a!="b\\"c"',
    ])
    expect(readMatchers('')).toEqual([])
  })

  it.each(['env', 'env=prod', 'env="prod"}', '{env="prod"}', 'env="a" b="c"'])(
    'is refused if it is none: %s',
    (text) => {
      expect(readMatchers(text)).toBeUndefined()
    },
  )
})

describe('the query of a rule', () => {
  const adapted = (expr: string): string | undefined =>
    adaptRules([{ name: 'x', rules: [{ record: 'a:b', expr }] }], ADAPTED, [])[0]?.rules[0]?.expr

  it.each([
    ['max(freshet_edges)', 'max(freshet_edges{env="prod"})'],
    [
      'sum by (le) (rate(freshet_a_bucket{class="kill"}[5m] offset 1m))',
      'sum by (le) (rate(freshet_a_bucket{class="kill",env="prod"}[5m] offset 1m))',
    ],
    ['up{job=~"freshet-.+"}', 'up{job=~"freshet-.+",env="prod"}'],
    ['freshet_a{own_env="prod"}', 'freshet_a{own_env="prod",env="prod"}'],
    ['ALERTS{severity="page"}', 'ALERTS{severity="critical"}'],
  ])('has the matchers that Prometheus knows, and the severities: %s', (query, expected) => {
    expect(adapted(query)).toBe(expected)
  })

  it.each([
    'vector(1)',
    'x{sloth_id="freshet-kill"} + on (cluster, up) y',
    'slo:x:ratio / freshet:y:count1m{a="b"}',
    'freshet_a{env="prod"}',
  ])('stays where it selects nothing that is scraped, or has the matcher: %s', (query) => {
    expect(adapted(query)).toBe(query)
  })
})

describe('the query of a board', () => {
  const CLUSTER = 'cluster=~"$cluster"'
  const adapted = (query: string): object =>
    adaptBoard({ uid: '', title: query, panels: [], query } as Board, ADAPTED)

  it.each([
    [`freshet_a{${CLUSTER}}`, `freshet_a{${CLUSTER},site="$site",env="prod"}`],
    [
      `label_values(up{a="b",${CLUSTER}}, x)`,
      `label_values(up{a="b",${CLUSTER},site="$site",env="prod"}, x)`,
    ],
    [`slo:x:ratio{${CLUSTER}}`, `slo:x:ratio{${CLUSTER},site="$site"}`],
    [`ALERTS{${CLUSTER}}`, `ALERTS{${CLUSTER},site="$site"}`],
  ])('has the matchers, and recorded series those of Grafana alone: %s', (query, expected) => {
    expect(adapted(query)).toEqual({ uid: '', title: query, panels: [], query: expected })
  })

  it.each([
    'slo:error_budget:ratio',
    'ALERTS{alertname="Watchdog",alertstate="firing"}',
    'label_values(freshet_build_info, cluster)',
  ])('stays where it does not select the cluster: %s', (query) => {
    expect(adapted(query)).toHaveProperty('query', query)
  })
})

describe('the shipped files', () => {
  it('are unchanged without other names', () => {
    expect(adaptRules(groups, NONE, boards)).toEqual(groups)
    for (const board of boards) expect(adaptBoard(board, NONE)).toEqual(board)
  })

  it('take matchers in each query of scraped metrics, and rules none of Grafana', () => {
    const text = JSON.stringify(adaptRules(groups, ADAPTED, boards))
    const own = JSON.stringify(groups).match(/freshet_[a-z_]+(?:\{|\[|\)| )/g)?.length ?? 0
    expect(text.match(/env=/g)?.length).toBeGreaterThan(own / 2)
    expect(text).not.toContain('$site')
    for (const board of boards)
      expect(JSON.stringify(adaptBoard(board, ADAPTED))).toContain('$site')
  })

  it('take the names that others have for severities, and their places', () => {
    const alerts = alertsWith(ADAPTED)
    const first = alerts.find(({ alert }) => alert === 'FreshetErrorBudgetBurn')
    expect(first?.labels['severity']).toBe('critical')
    expect(first?.expr).toContain('severity="critical"')
    expect(first?.annotations['runbook_url']).toBe(
      'https://wiki.example/verdict.md#fresheterrorbudgetburn',
    )
    expect(first?.annotations['dashboard_url']).toMatch(
      /^https:\/\/g\.example\/d\/freshet-overview\?viewPanel=\d+&var-objective=kill-complete-2s$/,
    )
    expect(alerts.find(({ alert }) => alert === 'Watchdog')?.labels['severity']).toBe('none')
    const rule = { inhibit_rules: [{ source_matchers: ['severity="page"'] }] }
    expect(adaptSeverities(rule, ADAPTED).inhibit_rules[0]?.source_matchers).toEqual([
      'severity="critical"',
    ])
  })

  it('control: an alert that names a panel that is not there cannot be adapted', () => {
    const adapt = (dashboard: string): unknown => {
      const annotations = { runbook_url: '', dashboard }
      const rule = { alert: 'X', expr: '1', labels: { severity: 'page' }, annotations }
      return adaptRules([{ name: 'x', rules: [rule] }], ADAPTED, boards)
    }
    expect(() => adapt('Freshet / Edges, panel “Decisions”')).not.toThrow()
    expect(() => adapt('Freshet / Edges, panel “Decision”')).toThrow(/panel “Decision”/)
    // The title of a row, which is no panel.
    expect(() => adapt('Freshet / Edges, panel “Edges and their reports”')).toThrow(/no Freshet/)
  })
})
