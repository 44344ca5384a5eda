import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { drillText } from './drill-text.ts'
import { alertsNamed, type DrillReport } from './drill.ts'

const SHIPPED = join(import.meta.dirname, '../../../../infra/prometheus/freshet-alerts.yaml')

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; for?: string }[] }[]
}

const report: DrillReport = {
  fault: 'source',
  process: 'source:hr',
  pid: 7,
  object: 'hr',
  verdict: [
    {
      afterMs: 5_040,
      state: 'not-fresh',
      finding: 'sourceSilent',
      object: 'hr',
      what: 'hr is silent',
    },
  ],
  isNamed: true,
  shown: [{ surface: 'edge ls', afterMs: null, rows: [] }],
  alerts: [{ name: 'FreshetSourceSilent', severity: 'page', for: '30s', summary: 'Silent.' }],
  who: 'people (oncall@acme.example)',
  runbook: 'FreshetSourceSilent',
  freshAfterMs: 1_000,
}

describe('the alerts of a drill', () => {
  it.each(['FreshetSourceSilent', 'FreshetServiceDown', 'FreshetEdgeGone'])(
    'are the rules %s of the shipped file',
    async (name) => {
      const { groups } = parse(readFileSync(SHIPPED, 'utf8')) as Rules
      const shipped = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert === name)
      expect(shipped.length).toBeGreaterThan(0)
      const found = await alertsNamed(name)
      expect(found.map((each) => each.for)).toEqual(shipped.map((each) => each.for))
    },
  )

  it('are none for a cause without a rule', async () => {
    expect(await alertsNamed(null)).toEqual([])
    expect(await alertsNamed('FreshetNothing')).toEqual([])
  })
})

describe('the report of a drill', () => {
  it('names cause, surfaces, alert, owner and runbook', () => {
    expect(drillText(report)).toBe(
      `
drill source: source:hr is named as hr
  status, 5.0 s    not-fresh: hr: hr is silent
  edge ls          showed nothing
  page             FreshetSourceSilent, after 30s more: Silent.
  who              people (oncall@acme.example)
  runbook          docs/runbooks/sources.md#freshetsourcesilent
  end              source:hr continues; fresh after 1.0 s
`.trim(),
    )
  })

  it('names no alert where the verdict did not name the fault', () => {
    const text = drillText({ ...report, isNamed: false, freshAfterMs: null })
    expect(text).toContain('source:hr is not named in time')
    expect(text).toContain('not fresh within 20 s')
    expect(text).not.toMatch(/FreshetSourceSilent|who/)
  })
})
