import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideKafka, startPostgres } from '@freshet/dev-stack'
import type { InstallationResult } from '../../packages/cli/src/installation/init-installation.ts'
import { canRun } from '../e2e/test-stack.ts'
import { AT_END, freeRow } from '../installation/walk-shell.ts'
import { startAlertmanager, type Alertmanager } from './alertmanager-process.ts'
import { ROOT } from './boards.ts'
import { isInstalled } from './installed.ts'
import { startPrometheus, type Prometheus } from './prometheus-process.ts'

const isHere = canRun && isInstalled('prometheus') && isInstalled('prometheus-alertmanager')
const FRESHET = join(ROOT, 'packages/cli/bin/freshet.js')
const RULES = ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((file) =>
  join(ROOT, 'infra/prometheus', file),
)
/** Longer than each page waits before it fires, which is at most 5 min. */
const WATCHED_MS = 330_000
const POLL_EVERY_MS = 1_000
const STARTED_WITHIN_MS = 600_000
/** An alert about a service that is gone fires after 30 s. */
const FIRES_WITHIN_MS = 180_000
/** The fewest probes in that time: one each ten seconds, on a machine with other work. */
const PROBES_MIN = 20
const LOST_SHARE_MAX = 0.1
const PORT_OF = { gateway: 0, reconciler: 1, authority: 2, sidecar: 3, console: 5 }

it.runIf(process.env['CI'] !== undefined)('Prometheus and Alertmanager are there in CI', () => {
  expect(isInstalled('prometheus') && isInstalled('prometheus-alertmanager')).toBe(true)
})

describe.runIf(isHere)('an installation of freshet init, by the commands that it prints', () => {
  const ended = new AbortController()
  let dir: string
  let stop: readonly (() => Promise<void>)[]
  let shell: ChildProcess
  let prometheus: Prometheus
  let alertmanager: Alertmanager

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-watched-'))
    await mkdir(join(dir, 'bin'))
    await symlink(FRESHET, join(dir, 'bin/freshet'))
    const kafka = await provideKafka({ signal: ended.signal }, {})
    const postgres = await startPostgres({ signal: ended.signal, databaseUrl: undefined })
    stop = [() => kafka.stop(), () => postgres.stop()]
    const firstPort = await freeRow()
    const options = ['--first-port', String(firstPort), '--brokers', kafka.brokers.join(',')]
    const init = [FRESHET, 'init', 'new', '-o', 'json', '--database-url', postgres.url, ...options]
    const env = { PATH: `${join(dir, 'bin')}:${process.env['PATH']}`, NO_COLOR: '1' }
    const printed = execFileSync(process.execPath, init, { cwd: dir, env, encoding: 'utf8' })
    const { next } = JSON.parse(printed) as InstallationResult
    const commands = next.map(({ command }) => command)
    const script = ['set -euo pipefail', AT_END, ...commands, 'echo it is fresh', 'wait']
    shell = spawn('bash', ['--norc', '-c', script.join('\n')], { cwd: dir, env, stdio: 'pipe' })
    await untilPrinted(shell, 'it is fresh')
    const jobs = Object.entries(PORT_OF).map(([name, port]) => ({
      name: `freshet-${name}`,
      targets: [{ at: [`127.0.0.1:${firstPort + port}`] }],
    }))
    alertmanager = await startAlertmanager(join(ROOT, 'infra/alertmanager/freshet.yaml'))
    prometheus = await startPrometheus(jobs, RULES, alertmanager.at)
  }, STARTED_WITHIN_MS)
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]()
    await alertmanager[Symbol.asyncDispose]()
    await endShell()
    for (const end of stop) await end()
    await rm(dir, { recursive: true, force: true })
  }, STARTED_WITHIN_MS)

  async function endShell(): Promise<void> {
    if (shell.exitCode !== null || shell.signalCode !== null) return
    shell.kill('SIGTERM')
    await once(shell, 'exit')
  }

  /** Returns the names of the alerts that fire in Prometheus, and of those that Alertmanager has. */
  async function alerts(): Promise<readonly string[]> {
    const { alerts: all } = (await prometheus.get('/api/v1/alerts')) as {
      readonly alerts: readonly { readonly labels: { alertname: string }; readonly state: string }[]
    }
    const firing = all.filter(({ state }) => state === 'firing')
    const names = [...firing, ...(await alertmanager.held())].map(({ labels }) => labels.alertname)
    return [...new Set(names)].toSorted()
  }

  async function valueOf(query: string): Promise<number> {
    const path = `/api/v1/query?query=${encodeURIComponent(query)}`
    const { result } = (await prometheus.get(path)) as {
      readonly result: readonly { readonly value: readonly [number, string] }[]
    }
    return Number(result[0]?.value[1])
  }

  it(
    'probes, measures, and has no alert for longer than each page waits',
    async () => {
      const seen = new Set<string>()
      const deadline = performance.now() + WATCHED_MS
      while (performance.now() < deadline) {
        for (const name of await alerts()) seen.add(name)
        await wait(POLL_EVERY_MS)
      }
      // The alert that always fires shows that the others would arrive.
      expect([...seen]).toEqual(['Watchdog'])
      expect(await valueOf('freshet_probe_acked_total')).toBeGreaterThan(PROBES_MIN)
      // A busy machine can lose a probe, which is no alert.
      const slo = 'slo:sli_error:ratio_rate5m{sloth_slo="correctness"}'
      expect(await valueOf(slo)).toBeLessThan(LOST_SHARE_MAX)
    },
    2 * WATCHED_MS,
  )

  it(
    'control: once the services are stopped, alerts fire',
    async () => {
      await endShell()
      const isDown = async (): Promise<boolean> => (await alerts()).includes('FreshetServiceDown')
      await expect.poll(isDown, { timeout: FIRES_WITHIN_MS, interval: POLL_EVERY_MS }).toBe(true)
    },
    2 * FIRES_WITHIN_MS,
  )
})

/** Waits for a line of the shell. @throws with its output if it ends before */
async function untilPrinted(shell: ChildProcess, line: string): Promise<void> {
  const printed: string[] = []
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      printed.push(chunk.toString())
      if (printed.join('').includes(line)) resolve()
    }
    shell.stdout?.on('data', listen)
    shell.stderr?.on('data', listen)
    shell.once('exit', () => reject(new Error(printed.join('').slice(-4_000))))
  })
}
