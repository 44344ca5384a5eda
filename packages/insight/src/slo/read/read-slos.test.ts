import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readSloFile, readSlos } from './read-slos.ts'
import { SloFileError } from './slo-finding.ts'

const FILE = new URL('../../../../../infra/slo/slos.yaml', import.meta.url)
const text = readFileSync(FILE, 'utf8')

/** The faults of a text: each finding as its document, member and rule. */
function wrongWith(file: string): readonly string[] {
  try {
    readSlos(file)
    return []
  } catch (error) {
    if (!(error instanceof SloFileError)) throw error
    return error.findings.map(({ document, member, rule }) => `${document}: ${member}: ${rule}`)
  }
}

/** The file with one replacement; fails if it does not contain the text. */
function otherwise(from: string, to: string): string {
  expect(text).toContain(from)
  return text.replace(from, to)
}

/** The file with one replacement in one objective. */
function ofSlo(name: string, from: string, to: string): string {
  const at = text.indexOf(`name: ${name}\n`)
  const until = text.indexOf('\n---\n', at)
  const own = text.slice(at, until < 0 ? undefined : until)
  expect(own).toContain(from)
  return text.slice(0, at) + own.replace(from, to) + text.slice(at + own.length)
}

describe('the file of objectives', () => {
  it('has every measurement, and every class of changes', () => {
    const slos = readSlos(text)
    expect(new Set(slos.map(({ sli }) => sli)).size).toBe(7)
    expect(new Set(slos.map((slo) => slo.class))).toEqual(
      new Set(['kill', 'reduce', 'stepup', 'grow', 'bulk', null]),
    )
  })

  it('is read into what the console measures', () => {
    expect(readSlos(text).find(({ name }) => name === 'reduce-complete-2s')).toEqual({
      name: 'reduce-complete-2s',
      sli: 'change-complete',
      class: 'reduce',
      thresholdMs: 2_000,
      target: 0.999,
      description: expect.stringContaining('within 2 s') as string,
      windowDays: 28,
      alerts: ['page', 'ticket'],
      alertWindows: ['1h', '6h', '1d', '3d'],
    })
  })

  it('lets a class be told by some rows of the table only', () => {
    const stepup = readSloFile(text).find(({ slo }) => slo.class === 'stepup')
    expect(stepup?.rows.map(({ severity, long }) => `${severity} ${long}`)).toEqual(['page 6h'])
    expect(stepup?.slo.alerts).toEqual(['page'])
  })

  it('has no objective if its documents are of other kinds', () => {
    const [, service = ''] = text.split('\n---\n')
    expect(service).toContain('kind: Service')
    expect(readSlos(service)).toEqual([])
    // Control: the whole file has some.
    expect(readSlos(text)).not.toEqual([])
  })

  it('takes a window in weeks as days', () => {
    expect(readSlos(text.replaceAll('duration: 28d', 'duration: 4w'))).toEqual(readSlos(text))
  })
})

describe('is refused, by document, member and rule', () => {
  it.each([
    ['what is no YAML', 'a: [', 'document 1: : document.yaml'],
    ['nothing', '', 'document 1: : document.yaml'],
    ['a comment alone', '# none\n', 'document 1: : document.yaml'],
    ['another kind', 'kind: Other\nmetadata: { name: x }', 'Other x: kind: document.form'],
  ])('%s', (_, file, problem) => {
    expect(wrongWith(file)).toEqual([problem])
  })

  it('a target that nobody can miss', () => {
    expect(wrongWith(ofSlo('reduce-complete-2s', 'target: 0.999', 'target: 1'))).toEqual([
      'SLO reduce-complete-2s: spec.objectives.0.target: document.form',
    ])
  })

  it('a member that nobody knows', () => {
    expect(wrongWith(ofSlo('correctness', 'service: freshet', 'servic: freshet'))).toContain(
      'SLO correctness: spec: document.form',
    )
  })

  it('a threshold between two bounds of the buckets', () => {
    const file = ofSlo('reduce-complete-2s', 'threshold: 2s', 'threshold: 3s')
    expect(wrongWith(file)).toEqual([
      'SLO reduce-complete-2s: metadata.annotations.freshet.dev/threshold: threshold.bucket',
    ])
  })

  it('a threshold where nothing is timed, and none where something is', () => {
    const timed = ofSlo(
      'correctness',
      'sli: correctness',
      'sli: correctness\n    freshet.dev/threshold: 2s',
    )
    expect(wrongWith(timed)).toEqual([
      'SLO correctness: metadata.annotations.freshet.dev/threshold: threshold.form',
    ])
    const untimed = ofSlo('grow-complete-60s', '    freshet.dev/threshold: 60s\n', '')
    expect(wrongWith(untimed)).toEqual([
      'SLO grow-complete-60s: metadata.annotations.freshet.dev/threshold: threshold.form',
    ])
  })

  it('a class where none is measured, and none where one is', () => {
    const classed = ofSlo(
      'correctness',
      'sli: correctness',
      'sli: correctness\n    freshet.dev/class: kill',
    )
    expect(wrongWith(classed)).toEqual([
      'SLO correctness: metadata.annotations.freshet.dev/class: class.form',
    ])
    expect(wrongWith(ofSlo('kill-apply-2s', '    freshet.dev/class: kill\n', ''))).toEqual([
      'SLO kill-apply-2s: metadata.annotations.freshet.dev/class: class.form',
    ])
  })

  it('a query that measures something else than the annotations say', () => {
    const file = ofSlo('reduce-complete-2s', 'le=~"2(', 'le=~"5(')
    expect(wrongWith(file)).toEqual([
      'SLO reduce-complete-2s: spec.indicator.spec.ratioMetric.good: query.differs',
    ])
    expect(() => readSlos(file)).toThrow(/must be freshet_change_complete_duration_seconds_bucket/)
  })

  it('both good and bad', () => {
    const source =
      "metricSource: { metricSourceRef: prometheus, type: Prometheus, spec: { query: 'x' } }"
    const file = ofSlo('correctness', '        bad:', `        good: { ${source} }\n        bad:`)
    expect(wrongWith(file)).toEqual([
      'SLO correctness: spec.indicator.spec.ratioMetric: document.form',
    ])
  })

  it('factors of another window than the budget has', () => {
    const found = wrongWith(ofSlo('grow-complete-60s', 'duration: 28d', 'duration: 30d'))
    expect(found).toEqual([
      'SLO grow-complete-60s: spec.alertPolicies.0.alertPolicyRef: alert.factor',
      'SLO grow-complete-60s: spec.alertPolicies.1.alertPolicyRef: alert.factor',
    ])
  })

  it('names that are twice there, or nowhere', () => {
    expect(
      wrongWith(ofSlo('kill-complete-15s', 'name: kill-complete-15s', 'name: kill-complete-2s')),
    ).toEqual(['SLO kill-complete-2s: metadata.name: name.twice'])
    expect(
      wrongWith(ofSlo('correctness', 'alertPolicyRef: page-1h', 'alertPolicyRef: page-2h')),
    ).toEqual(['SLO correctness: spec.alertPolicies.0.alertPolicyRef: reference.unknown'])
    expect(wrongWith(otherwise('targetRef: on-call', 'targetRef: nobody'))).toEqual([
      'AlertPolicy page-1h: spec.notificationTargets.0: reference.unknown',
    ])
    expect(wrongWith(ofSlo('correctness', 'service: freshet', 'service: other'))).toEqual([
      'SLO correctness: spec.service: reference.unknown',
    ])
  })

  it('with all that is wrong at once', () => {
    const file = ofSlo('reduce-complete-2s', 'threshold: 2s', 'threshold: 3s').replace(
      'service: freshet',
      'service: other',
    )
    expect(wrongWith(file)).toHaveLength(2)
  })
})
