import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { isInstalled, run, type Output } from './installed.ts'

const ROOT = join(import.meta.dirname, '../..')
const FILES = ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((name) =>
  join(ROOT, 'infra/prometheus', name),
)
const WITHIN_MS = 600_000
const MINUTES = 40
/** The minutes at which the alerts are read. Every `for` is shorter than the first. */
const READ_AT = [20, 30, 40]
/** The bounds of histograms that objectives read. */
const BOUNDS = ['2', '5', '15', '30', '60', '900', '+Inf']
const CLASSES = ['kill', 'reduce', 'stepup', 'grow']

/** A series, and its values in the notation of promtool. */
type Series = readonly [name: string, values: string]

const always = (value: number): string => `${value}x${MINUTES}`
const perMinute = (value: number): string => `0+${value}x${MINUTES}`

/** Sixty events in a minute, all within the smallest bound. */
const prompt = (name: string, labels: string): readonly Series[] => [
  ...BOUNDS.map((le): Series => [`${name}_bucket{${labels},le="${le}"}`, perMinute(60)]),
  [`${name}_count{${labels}}`, perMinute(60)],
]

/** Five services that answer, an edge, a source, and none of the events that alerts count. */
const CLUSTER: readonly Series[] = [
  ...['gateway', 'reconciler', 'authority', 'console', 'sidecar'].map((service): Series => [
    `up{job="freshet-${service}",instance="a"}`,
    always(1),
  ]),
  ['freshet_health{state="fresh"}', always(1)],
  ['freshet_health{state="degraded"}', always(0)],
  ['freshet_health{state="not-fresh"}', always(0)],
  ['freshet_health{state="unknown"}', always(0)],
  ['freshet_health_cause{cause="recordingStopped",object="reconciler"}', always(0)],
  ['freshet_health_cause{cause="publishingStopped",object="reconciler"}', always(0)],
  ['freshet_edge_view_age_seconds{edge="e",state="live"}', always(1)],
  ['freshet_edges{state="live"}', always(1)],
  ['freshet_edges{state="disconnected"}', always(0)],
  ['freshet_edges{state="uncounted"}', always(0)],
  ['freshet_edge_denials_overflowing{edge="e"}', always(0)],
  ['freshet_edge_watermarks_overflowing{edge="e"}', always(0)],
  ['freshet_edge_reports_ignored_total{reason="unsigned"}', always(0)],
  ['freshet_decisions_total{result="allow",reason="fresh"}', perMinute(600)],
  ['freshet_decisions_total{result="deny",reason="stale"}', perMinute(6)],
  ['freshet_decisions_total{result="deny",reason="unverified"}', always(0)],
  ['freshet_stale_allows_total{class="kill"}', always(0)],
  ['freshet_admin_tokens_refused_total{reason="limited"}', always(0)],
  ['freshet_client_credentials_refused_total{reason="limited"}', always(0)],
  ['freshet_connections_refused_total', always(0)],
  ['freshet_consumer_time_lag_seconds{topic="freshet.changes.v1",partition="1"}', always(0.1)],
  ['freshet_recording_paused{partition="1"}', always(0)],
  ['freshet_outbox_oldest_age_seconds', always(0)],
  ['freshet_quarantine_records{topic="freshet.changes.v1",reason="event.forbidden"}', always(0)],
  ['freshet_source_silence_seconds{source="hr",tenant="acme"}', always(0.5)],
  ['freshet_source_lease_seconds{source="hr",owner="people",contact=""}', always(5)],
  ['freshet_clock_skew_seconds{source="hr"}', always(0.01)],
  ['freshet_events_total{source="hr",claim="groups",outcome="unmapped"}', always(0)],
]

/** The figures of a console that measures objectives. */
const OBJECTIVES: readonly Series[] = [
  ...CLASSES.flatMap((of) => [
    ...prompt('freshet_change_complete_duration_seconds', `class="${of}",origin="live"`),
    ...prompt('freshet_edge_apply_duration_seconds', `class="${of}",origin="live"`),
  ]),
  ...prompt('freshet_stage_duration_seconds', 'stage="source"'),
  ['freshet_changes_checked_total', perMinute(60)],
  ['freshet_changes_unfinished_total', always(0)],
]

const PROBES: readonly Series[] = [
  ['freshet_probe_sent_total', perMinute(6)],
  ['freshet_probe_lost_total', always(0)],
  ['freshet_probe_broken{claim="probe"}', always(0)],
]

it.runIf(process.env['CI'] !== undefined)('promtool is installed where CI runs', () => {
  expect(isInstalled('promtool')).toBe(true)
})

it('has a series of each metric that a rule reads', () => {
  const read = FILES.flatMap((file) => readFileSync(file, 'utf8').match(/freshet_[a-z_]+/g) ?? [])
  const present = [...CLUSTER, ...OBJECTIVES, ...PROBES].map(([name]) => name.split('{')[0])
  expect([...new Set(read)].filter((name) => !present.includes(name))).toEqual([])
})

describe.runIf(isInstalled('promtool'))('a healthy cluster', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-healthy-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Runs all rules on these series, and expects no alert beside the one that always fires. */
  function quietRun(series: readonly Series[]): Output {
    const test = {
      interval: '1m',
      input_series: series.map(([name, values]) => ({ series: name, values })),
      promql_expr_test: READ_AT.map((minute) => ({
        eval_time: `${minute}m`,
        expr: 'count by (alertname, alertstate) (ALERTS{alertname!="Watchdog"})',
        exp_samples: [],
      })),
    }
    const file = join(dir, 'test.yaml')
    writeFileSync(file, stringify({ rule_files: FILES, evaluation_interval: '1m', tests: [test] }))
    return run('promtool', ['test', 'rules', file])
  }

  it.each([
    ['with objectives and probes', [...OBJECTIVES, ...PROBES]],
    ['without probes', OBJECTIVES],
    ['without objectives', PROBES],
    ['without both', []],
  ])(
    '%s has no alert',
    (_, more) => {
      expect(quietRun([...CLUSTER, ...more])).toMatchObject({ isContent: true })
    },
    WITHIN_MS,
  )

  it.each<[fault: string, alert: string, series: readonly Series[]]>([
    ['a lost probe', 'FreshetProbeLost', lost()],
    ['a second cluster whose probes stopped', 'FreshetProbeAbsent', [stopped()]],
  ])(
    'control: with %s it has one',
    (_, alert, fault) => {
      const { isContent, text } = quietRun([...CLUSTER, ...OBJECTIVES, ...PROBES, ...fault])
      expect([isContent, text]).toEqual([false, expect.stringContaining(alert)])
    },
    WITHIN_MS,
  )
})

/** A broken probe that the verdict names as a cause. */
function lost(): readonly Series[] {
  return [
    ['freshet_probe_broken{claim="other"}', always(1)],
    ['freshet_health_cause{cause="probeLost",object="other"}', always(1)],
  ]
}

function stopped(): Series {
  return ['freshet_probe_sent_total{cluster="other"}', always(7)]
}
