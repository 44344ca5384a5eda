import { readFileSync } from 'node:fs'
import { COUNTED_EDGES_MAX, STALE_VIEW_MS } from '@freshet/protocol/slo'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  ALERT_LIMITS,
  ALERTS,
  NOT_MEANT,
  runbookPath,
  RUNBOOKS_URL,
  type AlertKey,
} from './alerts.ts'
import {
  unlessExplained,
  type AlertmanagerConfig,
  type AlertRule,
  type InhibitRule,
  type Rule,
} from './rules.ts'

const INFRA = new URL('../../../../infra/', import.meta.url)
const PUBLISHED = new URL('../../../cli/package.json', import.meta.url)
const read = (path: string): unknown => parse(readFileSync(new URL(path, INFRA), 'utf8'))

const alerts = ['slos', 'alerts']
  .map((name) => read(`prometheus/freshet-${name}.yaml`) as RulesFile)
  .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
  .filter((rule): rule is AlertRule => 'alert' in rule)
const { inhibit_rules: inhibitRules } = read('alertmanager/freshet.yaml') as AlertmanagerConfig

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}

function alertOf(key: AlertKey): AlertRule {
  const { name, severity } = ALERTS[key]
  const found = alerts.find(
    ({ alert, labels }) => alert === name && labels['severity'] === severity,
  )
  if (found === undefined) throw new Error(`no rule is ${name} of severity ${severity}`)
  return found
}

describe('the rules of alerts', () => {
  it('are those of the catalogue, each with its severity, and it has no others', () => {
    const listed = (terms: readonly (readonly [string, unknown])[]): readonly string[] =>
      [...new Set(terms.map(([name, severity]) => `${name} ${String(severity)}`))].toSorted()
    expect(listed(alerts.map(({ alert, labels }) => [alert, labels['severity']]))).toEqual(
      listed(Object.values(ALERTS).map(({ name, severity }) => [name, severity])),
    )
  })

  it('state the problem, its extent, the runbook and the panel', () => {
    for (const { alert, annotations, labels } of alerts) {
      expect(labels['severity']).toMatch(/^(page|ticket|none)$/)
      expect(annotations['summary']).toMatch(/^\S.*\.$/)
      expect(annotations['description']).toMatch(/^\S.*\.?$/)
      expect(annotations['runbook_url']).toBe(`${RUNBOOKS_URL}${runbookPath(alert)}`)
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
    expect(RUNBOOKS_URL).toBe(`${home}/blob/main/docs/runbooks/`)
  })

  it('keep clusters apart', () => {
    for (const { alert, expr } of alerts)
      for (const aggregated of expr.match(/\b(?:sum|max|min|count|group)\b(?! by \(cluster)/g) ??
        [])
        expect([alert, aggregated]).toEqual(['FreshetErrorBudgetBurn', 'max'])
  })

  it.each<[key: AlertKey, limit: string]>([
    ['timeLag', `freshet_consumer_time_lag_seconds) > ${ALERT_LIMITS.lagMs / 1_000}\n`],
    ['outboxStuck', `freshet_outbox_oldest_age_seconds) > ${ALERT_LIMITS.outboxMs / 1_000})`],
    ['clockSkew', `(abs(freshet_clock_skew_seconds)) > ${ALERT_LIMITS.skewMs / 1_000})`],
    ['probeAbsent', `freshet_probe_sent_total[${ALERT_LIMITS.probeAbsentMs / 60_000}m]`],
    ['edgesStale', `> ${STALE_VIEW_MS / 1_000}) / `],
    ['edgesStale', `) > ${ALERT_LIMITS.staleEdges})\n`],
    ['edgeStale', `) > ${ALERT_LIMITS.staleEdges})\n`],
    ['parkedMeant', `reason!~"${NOT_MEANT.join('|')}"`],
    ['parkedNotMeant', `reason=~"${NOT_MEANT.join('|')}"`],
  ])('%s has the limit of the finding of the console: %s', (key, limit) => {
    expect(alertOf(key).expr).toContain(limit)
  })

  it('name the limits that they are about', () => {
    const textOf = (key: AlertKey): string => alertOf(key).annotations['description'] ?? ''
    expect(textOf('edgesStale')).toContain(`older than ${STALE_VIEW_MS / 1_000} s`)
    expect(textOf('edgesUncounted')).toContain(`limit of ${COUNTED_EDGES_MAX}`)
  })
})

/** The parts of a query that leave out what another alert explains, with the part before each. */
const EXPLAINED =
  /\((?<own>(?:(?!unless on \(cluster\) \(\n)[\s\S])*)\)\nunless on \(cluster\) \(\n[^\n]*\[(?<window>\w+)\][\s\S]*?\n\)/g

/** Returns the alert if its query does not leave out exactly what the causes of the inhibit rules explain. */
function unexplained(
  { alert, expr }: AlertRule,
  rules: readonly InhibitRule[],
): string | undefined {
  const parts = [...expr.matchAll(EXPLAINED)]
  const isRight = parts.every(({ 0: whole, groups: { own = '', window = '' } = {} }) => {
    return whole === unlessExplained(own, alert, window, rules)
  })
  const hasCause = unlessExplained('', alert, '', rules) !== ''
  return isRight && hasCause === parts.length > 0 ? undefined : alert
}

describe('what a cause explains', () => {
  const notifying = alerts.filter(
    ({ alert, labels }) => alert !== ALERTS.budgetSlow.name || labels['severity'] === 'page',
  )

  it('is left out of the query of each symptom, by the causes of the inhibit rules', () => {
    expect(notifying.flatMap((rule) => unexplained(rule, inhibitRules) ?? [])).toEqual([])
    expect(notifying.filter(({ expr }) => expr.includes('max_over_time(ALERTS'))).not.toEqual([])
  })

  it('control: one more cause, and one less, are found in each of its symptoms', () => {
    const [first] = inhibitRules as readonly [InhibitRule, ...InhibitRule[]]
    const more = { ...first, target_matchers: ['alertname=~"FreshetClockSkew|FreshetProbeLost"'] }
    const found = (rules: readonly InhibitRule[]): readonly string[] =>
      notifying
        .filter(({ alert }) => !alert.endsWith('Burn'))
        .flatMap((rule) => unexplained(rule, rules) ?? [])
    expect(found([...inhibitRules, more])).toEqual(['FreshetClockSkew', 'FreshetProbeLost'])
    expect(found(inhibitRules.slice(1))).toContain('FreshetRecordingStopped')
  })

  it('is looked back on for as long as the query itself looks back', () => {
    const windows = (key: AlertKey): readonly (string | undefined)[] =>
      [...alertOf(key).expr.matchAll(EXPLAINED)].map(({ groups }) => groups?.['window'])
    expect(windows('denyingUnverified')).toEqual(['5m'])
    expect(windows('coverageGap')).toEqual(['15m'])
    expect(windows('probeLost')).toEqual(['1m'])
    expect(windows('notFresh')).toEqual(['30s'])
    expect(windows('budgetFast')).toEqual(['5m', '30m'])
  })
})
