import { readFileSync } from 'node:fs'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { FINDINGS, type FindingId, type HealthFinding } from '../findings/findings.ts'
import { rootCauses } from '../health/causes.ts'
import { ALERTS, type AlertKey } from './alerts.ts'
import { alertNames, type AlertmanagerConfig, type InhibitRule } from './rules.ts'

const FILE = new URL('../../../../infra/alertmanager/freshet.yaml', import.meta.url)
const { inhibit_rules: shipped } = parse(readFileSync(FILE, 'utf8')) as AlertmanagerConfig

/** Their state is a request that was wrongly allowed, or evidence that is lost. */
const ALWAYS_NOTIFY = [
  'staleAllows',
  'parkedMeant',
  'edgeTableFull',
  'edgesUncounted',
  'requestsRefused',
  'serviceDown',
  'serviceAbsent',
  'watchdog',
] as const satisfies readonly AlertKey[]

const causeOf = (rule: InhibitRule): string => alertNames(rule.source_matchers)[0] ?? ''
const symptomsOf = (rule: InhibitRule): readonly string[] => alertNames(rule.target_matchers)

/** Returns a rule with a cause, its symptoms, and the labels of both. */
const ruleOf = (
  cause: string,
  symptoms: readonly string[],
  labels: readonly string[] = [],
): InhibitRule => ({
  source_matchers: [`alertname="${cause}"`, 'severity="page"', ...labels],
  target_matchers: [`alertname=~"${symptoms.join('|')}"`, ...labels],
  equal: ['cluster'],
})

/** True if a label of the cause has another value than that of the symptoms. */
function isOfOthers({ source_matchers: source, target_matchers: target }: InhibitRule): boolean {
  return target.slice(1).some((matcher) => {
    const [label = ''] = matcher.split('=')
    return (
      source.includes(matcher.replace('=', '!=')) ||
      (source.some((each) => each.startsWith(`${label}=`)) && !source.includes(matcher))
    )
  })
}

/** Returns an alert that suppresses itself through others, if there is one. */
function circleIn(rules: readonly InhibitRule[]): string | undefined {
  const below = (name: string, seen: ReadonlySet<string>): ReadonlySet<string> =>
    rules
      .filter((rule) => causeOf(rule) === name)
      .flatMap(symptomsOf)
      .reduce((all, each) => (all.has(each) ? all : below(each, new Set([...all, each]))), seen)
  return rules.map(causeOf).find((name) => below(name, new Set()).has(name))
}

describe('the inhibit rules', () => {
  it('name alerts that exist, of one topic and of the tenant of probes', () => {
    const names = new Set<string>(Object.values(ALERTS).map(({ name }) => name))
    expect(shipped.length).toBeGreaterThan(10)
    for (const rule of shipped)
      for (const name of [causeOf(rule), ...symptomsOf(rule)]) expect(names).toContain(name)
    const labels = shipped.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers])
    const valuesOf = (label: string): ReadonlySet<string | undefined> =>
      new Set(labels.filter((each) => each.startsWith(label)).map((each) => each.split('"')[1]))
    expect(valuesOf('topic')).toEqual(new Set([REVOCATIONS_TOPIC]))
    expect(valuesOf('tenant')).toEqual(new Set([PROBE_NAME]))
  })

  it('form no circle, so no two alerts suppress each other', () => {
    expect(circleIn(shipped.filter((each) => !isOfOthers(each)))).toBeUndefined()
  })

  it('are apart by a label where an alert suppresses another one of its name', () => {
    expect(shipped.filter(isOfOthers).map(causeOf)).toEqual([
      'FreshetSourceSilent',
      'FreshetErrorBudgetBurn',
    ])
    const own = ruleOf('FreshetTimeLag', ['FreshetTimeLag'], ['tenant="probes"'])
    // Control: one that suppresses itself is a circle.
    expect(circleIn([own].filter((each) => !isOfOthers(each)))).toBe('FreshetTimeLag')
  })

  it('control: a circle is found, also over a third alert', () => {
    const circle = [ruleOf('A', ['B']), ruleOf('B', ['C']), ruleOf('C', ['A'])]
    expect(circleIn(circle)).toBe('A')
  })

  it('leave each alert that a person must get in any case', () => {
    const suppressed = new Set(shipped.flatMap(symptomsOf))
    expect(ALWAYS_NOTIFY.filter((key) => suppressed.has(ALERTS[key].name))).toEqual([])
  })

  it('begin with alerts that page, each in one cluster', () => {
    for (const { source_matchers: source, equal } of shipped) {
      expect(source[1]).toBe('severity="page"')
      expect(equal).toContain('cluster')
    }
  })

  it('never begin with an absent target, because its cause can be the name of a job', () => {
    expect(shipped.map(causeOf)).not.toContain(ALERTS.serviceAbsent.name)
  })
})

/** Returns the key of the alert of a name that pages. */
function keyOf(name: string): AlertKey {
  const key = (Object.keys(ALERTS) as AlertKey[]).find(
    (each) => ALERTS[each].name === name && ALERTS[each].severity === 'page',
  )
  if (key === undefined) throw new Error(`there is no alert ${name} that pages`)
  return key
}

/** Returns the value that a rule requires of a label of its cause. */
function labelOf({ source_matchers: source }: InhibitRule, label: string): string | undefined {
  return source.find((each) => each.startsWith(`${label}=`))?.split('"')[1]
}

/** Returns the findings of the state that an alert reports. */
function findingsOf(key: AlertKey): readonly FindingId[] {
  const ids = Object.keys(FINDINGS) as FindingId[]
  return ids.filter((id) => FINDINGS[id].alert === key || id === key)
}

/** The findings about the age of a view. */
const VIEWS: readonly FindingId[] = ['edgesStale', 'edgeStale', 'edgeAway']

const found = (id: FindingId, object: string, tenant = 'acme'): HealthFinding => ({
  id,
  object,
  tenant,
  what: id,
  remedy: '',
  urgency: 'page',
  weight: 'not-fresh',
  runbook: null,
  effect: '',
  missesNothing: VIEWS.includes(id),
})

/**
 * Pairs of a cause and a symptom that both are findings of the console. It has no finding about itself. Both severities
 * of a budget are one alert.
 */
const pairs = shipped
  .filter((rule) => labelOf(rule, 'service') !== 'console' && !rule.equal.includes('sloth_slo'))
  .flatMap((rule) =>
    findingsOf(keyOf(causeOf(rule))).flatMap((causeId) =>
      symptomsOf(rule)
        .flatMap((name) => findingsOf(keyOf(name)))
        .filter((id) => rule.target_matchers.length === 1 || id !== 'recordingLags')
        .map((symptomId) => {
          const [object, tenant] = [labelOf(rule, 'service') ?? 'x', labelOf(rule, 'tenant')]
          return { causeId, symptomId, object, tenant }
        }),
    ),
  )

it('control: a stuck outbox explains no silent source, and both stay causes', () => {
  const roots = rootCauses([found('outboxStuck', 'outbox'), found('sourceLate', 'hr')])
  expect(roots).toHaveLength(2)
})

it('control: a source that is silent for real people alone explains no lost probe', () => {
  const lost = found('probeLost', 'probe')
  expect(rootCauses([lost, found('sourceSilent', 'hr')])).toHaveLength(2)
  expect(rootCauses([lost, found('sourceSilent', 'hr', PROBE_NAME)])).toHaveLength(1)
})

describe('the order of Alertmanager and of the verdict', () => {
  it.each(pairs)('$causeId explains $symptomId in both ($object)', (pair) => {
    const { causeId, symptomId, object, tenant } = pair
    const roots = rootCauses([found(symptomId, 'x', PROBE_NAME), found(causeId, object, tenant)])
    expect(roots).toHaveLength(1)
    // Both findings of one alert are one state: the heavier one is named.
    if (FINDINGS[causeId].alert === FINDINGS[symptomId].alert) return
    expect(roots.map(({ finding }) => finding.id)).toEqual([causeId])
  })
})

/** The pages of findings that the verdict folds under a cause, and that Alertmanager does not suppress. */
function unsuppressedBy(
  cause: HealthFinding,
  rules: readonly InhibitRule[],
  service?: string,
): readonly string[] {
  const { alert: causeAlert } = FINDINGS[cause.id]
  const symptoms = rules
    .filter(
      (rule) =>
        causeAlert !== null &&
        causeOf(rule) === ALERTS[causeAlert].name &&
        labelOf(rule, 'service') === service,
    )
    .flatMap(symptomsOf)
  return (Object.keys(FINDINGS) as FindingId[]).filter((id) => {
    const { alert } = FINDINGS[id]
    // The alert about lag waits 2 min. An edge that is down counts in no lag after 10 s.
    if (id === cause.id || id === 'edgeLags' || alert === null || alert === causeAlert) return false
    if (ALERTS[alert].severity !== 'page') return false
    const roots = rootCauses([cause, found(id, 'x')])
    const isFolded = roots.length === 1 && roots[0]?.finding === cause
    return isFolded && !symptoms.includes(ALERTS[alert].name)
  })
}

describe('one fault is one page: each paging symptom in the verdict is suppressed', () => {
  it.each(['gateway', 'reconciler', 'authority', 'sidecar'])('of %s that is down', (service) =>
    expect(unsuppressedBy(found('serviceDown', service), shipped, service)).toEqual([]),
  )

  it.each<FindingId>([
    'recordingStopped',
    'publishingStopped',
    'outboxStuck',
    'edgesStale',
    'edgeGone',
  ])('of %s', (id) => expect(unsuppressedBy(found(id, 'x'), shipped)).toEqual([]))

  it('of a paused partition, except the stop of all partitions, which is worse', () => {
    const worse = ['recordingStopped', 'publishingStopped', 'outboxStuck']
    expect(unsuppressedBy(found('partitionPaused', 'x'), shipped)).toEqual(worse)
  })

  it.each([
    ['gateway', found('serviceDown', 'gateway'), 'gateway'],
    ['a paused partition', found('partitionPaused', 'x'), undefined],
  ] as const)(
    'control: stale edges page beside %s whose rule does not name them',
    (_, cause, service) => {
      const without = shipped.map((rule) => ({
        ...rule,
        target_matchers: rule.target_matchers.map((each) => each.replace('FreshetEdgeStale|', '')),
      }))
      expect(unsuppressedBy(cause, without, service)).toContain('edgesStale')
    },
  )
})
