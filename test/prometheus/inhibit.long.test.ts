import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@freshet/owned-dir'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { startAlertmanager, type AlertLabels } from './alertmanager-process.ts'
import { ROOT } from './boards.ts'
import { isInstalled, run } from './installed.ts'
import { startPrometheus } from './prometheus-process.ts'

const FILE = join(ROOT, 'infra/alertmanager/freshet.yaml')
const isHere = isInstalled('prometheus') && isInstalled('prometheus-alertmanager')
const PATIENCE = { timeout: 60_000, interval: 200 }

it.runIf(process.env['CI'] !== undefined)('Alertmanager is installed where CI runs', () => {
  expect(isHere && isInstalled('amtool')).toBe(true)
})

/** A reconciler that stopped, as the other services and the edges show it. Counters grow with each scrape. */
function stopped(scrape: number): string {
  return [
    'freshet_health{state="not-fresh"} 1',
    'freshet_health_cause{cause="recordingStopped",object="reconciler"} 1',
    'freshet_source_silence_seconds{source="hr"} 40',
    'freshet_source_lease_seconds{source="hr"} 5',
    'freshet_edge_view_age_seconds{edge="edge-1",state="silent"} 40',
    'freshet_outbox_oldest_age_seconds 40',
    'freshet_consumer_time_lag_seconds{topic="freshet.changes.v1",partition="3"} 40',
    `freshet_decisions_total{result="deny",reason="unverified"} ${scrape}`,
    'freshet_probe_broken{claim="probe"} 1',
    'freshet_health_cause{cause="probeLost",object="probe"} 1',
    `freshet_probe_sent_total ${scrape}`,
    `freshet_probe_lost_total ${scrape}`,
    `freshet_stale_allows_total{class="kill"} ${scrape}`,
    '',
  ].join('\n')
}

/** A source that is silent while everything else is well. Probes need it. */
function silent(): string {
  return [
    'freshet_health{state="not-fresh"} 1',
    'freshet_health_cause{cause="sourceSilent",object="hr of acme"} 1',
    'freshet_source_silence_seconds{source="hr",tenant="acme"} 40',
    'freshet_source_silence_seconds{source="hr",tenant="freshet-probe"} 40',
    'freshet_source_lease_seconds{source="hr"} 5',
    'freshet_probe_broken{claim="probe"} 1',
    'freshet_health_cause{cause="probeLost",object="probe"} 1',
    '',
  ].join('\n')
}

/** The symptoms of the reconciler. The last one is none: a request was wrongly allowed. */
const SYMPTOMS = [
  'FreshetDenyingUnverified',
  'FreshetEdgeStale',
  'FreshetErrorBudgetBurn',
  'FreshetNotFresh',
  'FreshetOutboxStuck',
  'FreshetProbeLost',
  'FreshetRecordingStopped',
  'FreshetSourceSilent',
  'FreshetTimeLag',
  'FreshetStaleAllows',
]

/** Serves figures, and returns its host and port. */
async function serve(figures: (scrape: number) => string): Promise<{ server: Server; at: string }> {
  let scrape = 0
  const server = createServer((_, response) => {
    scrape += 1
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(figures(scrape))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, at: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The part of a query that leaves out what another alert explains. */
const EXPLAINED = /\n *unless on \(cluster\) \(\n(?:.*max_over_time\(ALERTS.*\n(?: *or\n)?)+ *\)/g

/**
 * Writes the shipped rules without their waits, so that the test waits for no time to pass. Every symptom fires, as
 * one does that is there before its cause.
 */
function impatientRules(dir: string): readonly string[] {
  return ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((name) => {
    const text = readFileSync(join(ROOT, 'infra/prometheus', name), 'utf8')
    const file = join(dir, name)
    writeFileSync(file, text.replaceAll(/^ +for: .+\n/gm, '').replaceAll(EXPLAINED, ''))
    return file
  })
}

describe.runIf(isHere)('the inhibit rules, on alerts that a real Prometheus fires', () => {
  let dir: string
  let fired: readonly AlertLabels[]

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'freshet-inhibit-'))
    fired = await fire(dir)
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Returns the alerts of a state by a configuration, as `cluster name tenant`. */
  async function stateBy(file: string): Promise<Readonly<Record<string, readonly string[]>>> {
    await using alertmanager = await startAlertmanager(file)
    // A cause that comes later also suppresses a symptom that is there already.
    await alertmanager.send(fired.toReversed())
    const held = () => alertmanager.held()
    await expect
      .poll(
        async () => (await held()).some(({ status }) => status.state === 'unprocessed'),
        PATIENCE,
      )
      .toBe(false)
    const of = (state: string, all: Awaited<ReturnType<typeof held>>) => [
      ...new Set(
        all
          .filter(({ status }) => status.state === state)
          .map(({ labels: { cluster = '-', alertname, tenant } }) =>
            [cluster, alertname, ...(tenant === undefined ? [] : [tenant])].join(' '),
          ),
      ),
    ]
    const all = await held()
    return { active: of('active', all).toSorted(), suppressed: of('suppressed', all).toSorted() }
  }

  it('leave one page of the cluster whose reconciler is down, and what was wrongly allowed', async () => {
    const { active = [] } = await stateBy(FILE)
    expect(active.filter((each) => each.startsWith('eu '))).toEqual([
      'eu FreshetServiceDown',
      'eu FreshetStaleAllows',
    ])
  })

  it('suppress nothing by a cause in another cluster, where a source alone is silent', async () => {
    const { active = [], suppressed = [] } = await stateBy(FILE)
    const ofUs = (all: readonly string[]) => all.filter((each) => each.startsWith('us '))
    expect(ofUs(active)).toEqual(['us FreshetSourceSilent acme'])
    expect(ofUs(suppressed)).toEqual([
      'us FreshetNotFresh',
      'us FreshetProbeLost',
      'us FreshetSourceSilent freshet-probe',
    ])
  })

  it('control: without them, every symptom notifies a person', async () => {
    const file = join(dir, 'without.yaml')
    const shipped = parse(readFileSync(FILE, 'utf8')) as object
    writeFileSync(file, stringify({ ...shipped, inhibit_rules: [] }))
    const { active = [], suppressed } = await stateBy(file)
    expect(suppressed).toEqual([])
    for (const name of SYMPTOMS) expect(active).toContain(`eu ${name}`)
  })

  it('are accepted by amtool, and send a page to the pager and the Watchdog to its monitor', () => {
    expect(run('amtool', ['check-config', FILE])).toMatchObject({ isContent: true })
    const receiverOf = (...labels: readonly string[]): string | undefined =>
      run('amtool', ['config', 'routes', 'test', `--config.file=${FILE}`, ...labels]).text.split(
        '\n',
      )[0]
    expect(receiverOf('alertname=FreshetServiceDown', 'severity=page')).toBe('page')
    expect(receiverOf('alertname=FreshetServiceDown', 'severity=ticket')).toBe('ticket')
    expect(receiverOf('alertname=Watchdog', 'severity=none')).toBe('watchdog')
  })
})

/** Returns the labels of all alerts that fire while the reconciler of one of two clusters is down. */
async function fire(dir: string): Promise<readonly AlertLabels[]> {
  const [eu, us] = await Promise.all([serve(stopped), serve(silent)])
  const down = `127.0.0.1:${await freePort()}`
  const clusters = (ofEu: string) => [
    { at: [ofEu], labels: { cluster: 'eu' } },
    { at: [us.at], labels: { cluster: 'us' } },
  ]
  const jobs = [
    ...['gateway', 'authority', 'console'].map((service) => ({
      name: `freshet-${service}`,
      targets: clusters(eu.at),
    })),
    { name: 'freshet-reconciler', targets: clusters(down) },
  ]
  const names = [
    ...['FreshetServiceDown', ...SYMPTOMS].map((name) => `eu ${name}`),
    'us FreshetSourceSilent',
    'us FreshetNotFresh',
  ]
  try {
    await using prometheus = await startPrometheus(jobs, impatientRules(dir))
    return await vi.waitFor(async () => {
      const { alerts } = (await prometheus.get('/api/v1/alerts')) as {
        readonly alerts: readonly { readonly labels: AlertLabels }[]
      }
      const all = alerts.map(({ labels }) => labels)
      const made = new Set(all.map(({ cluster, alertname }) => `${cluster} ${alertname}`))
      const missing = names.filter((name) => !made.has(name))
      expect(missing).toEqual([])
      // Without waits, a scrape that came late fires it until the next one.
      for (const late of [
        'us FreshetServiceDown',
        'us FreshetServiceAbsent',
        'eu FreshetServiceAbsent',
      ])
        expect(made).not.toContain(late)
      return all
    }, PATIENCE)
  } finally {
    for (const { server } of [eu, us]) {
      server.close()
      server.closeAllConnections()
    }
  }
}
