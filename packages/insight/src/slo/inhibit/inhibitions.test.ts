import { describe, expect, it } from 'vitest'
import { ALERTS, type AlertKey } from '../alerts.ts'
import { INHIBITIONS, type Inhibition } from './inhibitions.ts'

/** Their state is a request that was wrongly allowed, or evidence that is lost. */
const ALWAYS_NOTIFY: readonly AlertKey[] = [
  'staleAllows',
  'parkedMeant',
  'edgeTableFull',
  'edgesUncounted',
  'requestsRefused',
  'serviceDown',
  'serviceAbsent',
  'watchdog',
]

/** True if one of the labels of the cause is the one that the symptoms do not have. */
const isOfOthers = ({ of = {}, to = {} }: Inhibition): boolean =>
  Object.entries(of).some(([label, value]) => typeof value === 'object' && to[label] === value.not)

/** Returns an alert that suppresses itself through others, if there is one. */
function circleIn(rules: readonly Inhibition[]): string | undefined {
  const below = (name: string, seen: ReadonlySet<string>): ReadonlySet<string> =>
    rules
      .filter(({ cause }) => ALERTS[cause].name === name)
      .flatMap(({ symptoms }) => symptoms.map((key) => ALERTS[key].name))
      .reduce((all, each) => (all.has(each) ? all : below(each, new Set([...all, each]))), seen)
  return rules
    .map(({ cause }) => ALERTS[cause].name)
    .find((name) => below(name, new Set()).has(name))
}

describe('causes and symptoms', () => {
  it('form no circle, so no two alerts suppress each other', () => {
    expect(circleIn(INHIBITIONS.filter((each) => !isOfOthers(each)))).toBeUndefined()
  })

  it('are apart by a label where an alert suppresses another one of its name', () => {
    expect(INHIBITIONS.filter(isOfOthers).map(({ cause }) => cause)).toEqual(['sourceSilent'])
    const tenant = 'probes'
    const own: Inhibition = {
      cause: 'timeLag',
      of: { tenant },
      symptoms: ['timeLag'],
      to: { tenant },
    }
    // Control: one that suppresses itself is a circle.
    expect(circleIn([own].filter((each) => !isOfOthers(each)))).toBe('FreshetTimeLag')
  })

  it('control: a circle is found, also over a third alert', () => {
    const circle: readonly Inhibition[] = [
      { cause: 'sourceSilent', symptoms: ['timeLag'] },
      { cause: 'timeLag', symptoms: ['outboxStuck'] },
      { cause: 'outboxStuck', symptoms: ['sourceSilent'] },
    ]
    expect(circleIn(circle)).toBe('FreshetSourceSilent')
  })

  it('leave each alert that a person must get in any case', () => {
    const suppressed = new Set(INHIBITIONS.flatMap(({ symptoms }) => symptoms))
    expect(ALWAYS_NOTIFY.filter((key) => suppressed.has(key))).toEqual([])
  })

  it('begin with alerts that page', () => {
    for (const { cause } of INHIBITIONS) expect(ALERTS[cause].severity).toBe('page')
  })

  it('never begin with an absent target, because its cause can be the name of a job', () => {
    expect(INHIBITIONS.map(({ cause }) => cause)).not.toContain('serviceAbsent')
  })
})
