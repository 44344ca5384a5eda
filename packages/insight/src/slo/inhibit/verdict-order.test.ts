import { PROBE_NAME } from '@freshet/protocol/slo'
import { describe, expect, it } from 'vitest'
import { FINDINGS, type FindingId, type HealthFinding } from '../../findings/findings.ts'
import { rootCauses } from '../../health/causes.ts'
import { ALERTS, type AlertKey } from '../alerts.ts'
import { INHIBITIONS, type AlertMatchers } from './inhibitions.ts'

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

const valueOf = (matcher: AlertMatchers[string] | undefined): string | undefined =>
  typeof matcher === 'string' ? matcher : undefined

/** Pairs of a cause and a symptom that both are findings of the console. It has no finding about itself. */
const pairs = INHIBITIONS.filter(({ of }) => of?.['service'] !== 'console').flatMap(
  ({ cause, of, symptoms, to }) =>
    findingsOf(cause).flatMap((causeId) =>
      symptoms
        .flatMap(findingsOf)
        .filter((id) => to === undefined || id !== 'recordingLags')
        .map((symptomId) => {
          const object = of?.['service'] ?? 'x'
          return { causeId, symptomId, object: valueOf(object), tenant: valueOf(of?.['tenant']) }
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
    const { causeId, symptomId, object = 'x', tenant } = pair
    const roots = rootCauses([found(symptomId, 'x', PROBE_NAME), found(causeId, object, tenant)])
    expect(roots).toHaveLength(1)
    // Both findings of one alert are one state: the heavier one is named.
    if (FINDINGS[causeId].alert === FINDINGS[symptomId].alert) return
    expect(roots.map(({ finding }) => finding.id)).toEqual([causeId])
  })
})

/** The pages of findings that the verdict folds under a service that is down, and that Alertmanager does not suppress. */
function unsuppressedBy(service: string, rules: typeof INHIBITIONS): readonly string[] {
  const symptoms = rules
    .filter(({ cause, of }) => cause === 'serviceDown' && of?.['service'] === service)
    .flatMap((rule) => rule.symptoms)
  return (Object.keys(FINDINGS) as FindingId[]).filter((id) => {
    const { alert } = FINDINGS[id]
    // The alert about lag waits 2 min. An edge that is down counts in no lag after 10 s.
    if (
      id === 'serviceDown' ||
      id === 'edgeLags' ||
      alert === null ||
      ALERTS[alert].severity !== 'page'
    )
      return false
    const isFolded = rootCauses([found('serviceDown', service), found(id, 'x')]).length === 1
    return isFolded && !symptoms.some((key) => ALERTS[key].name === ALERTS[alert].name)
  })
}

describe('a service that is down', () => {
  it.each(['gateway', 'reconciler', 'authority', 'sidecar'])(
    'is one page: each paging symptom of %s in the verdict is suppressed',
    (service) => expect(unsuppressedBy(service, INHIBITIONS)).toEqual([]),
  )

  it('control: stale edges page beside a gateway whose rule does not name them', () => {
    const without = INHIBITIONS.map((rule) => ({
      ...rule,
      symptoms: rule.symptoms.filter((key) => key !== 'edgesStale'),
    }))
    expect(unsuppressedBy('gateway', without)).toEqual(['edgesStale'])
  })
})
