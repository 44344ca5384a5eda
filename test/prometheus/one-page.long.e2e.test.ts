import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STARTED_WITHIN_MS } from '../e2e/health/health-world.ts'
import type { EditRegistry } from '../../packages/cli/src/stack/dev-registry.ts'
import { down, hung, type Plant } from '../e2e/health/plants.ts'
import { canRun, startWithOwnServers, type TestStack } from '../e2e/test-stack.ts'
import { startAlertmanager, type Alertmanager } from './alertmanager-process.ts'
import { ROOT } from './boards.ts'
import { isInstalled } from './installed.ts'
import { startPrometheus, type Prometheus } from './prometheus-process.ts'

const isHere = canRun && isInstalled('prometheus') && isInstalled('prometheus-alertmanager')
const RULES = ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((file) =>
  join(ROOT, 'infra/prometheus', file),
)
const POLL_EVERY_MS = 500
/** A symptom can fire before its cause. `group_wait` of the shipped configuration holds it back for so long. */
const HELD_BACK_MS = 30_000
/** A scrape, an evaluation of the rules and the way to Alertmanager. */
const EVALUATED_MS = 10_000
/** Longer than each alert waits before it fires. */
const LASTS_MS = 90_000
/** Longer than probes need to hold again. */
const WATCHED_AFTER_MS = 45_000
const OVER_WITHIN_MS = 180_000
/** Probes begin half a minute after the start of their console. */
const PROBED_WITHIN_MS = 120_000

/** A busy machine is later than half of the usual lease, which pages. */
const withLongLeases: EditRegistry = (registry) => {
  for (const source of ['hr', 'iga', 'security', 'freshet-probe']) {
    registry.setIn(['sources', source, 'heartbeat'], '1s')
    registry.setIn(['sources', source, 'lease'], '20s')
  }
}

/** The pages that are not suppressed, at one moment. */
interface PagesAt {
  readonly atMs: number
  readonly pages: readonly string[]
}

it.runIf(process.env['CI'] !== undefined)('Prometheus and Alertmanager are there in CI', () => {
  expect(isInstalled('prometheus') && isInstalled('prometheus-alertmanager')).toBe(true)
})

describe.runIf(isHere)('a fault of a probed stack is one page', () => {
  let stack: TestStack
  let prometheus: Prometheus
  let alertmanager: Alertmanager

  beforeAll(async () => {
    stack = await startWithOwnServers({ probes: true, editRegistry: withLongLeases })
    alertmanager = await startAlertmanager(join(ROOT, 'infra/alertmanager/freshet.yaml'))
    prometheus = await startPrometheus(jobsOf(stack), RULES, alertmanager.at)
    await untilProbed()
  }, STARTED_WITHIN_MS)
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]()
    await alertmanager[Symbol.asyncDispose]()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  }, STARTED_WITHIN_MS)

  async function untilProbed(): Promise<void> {
    const deadline = performance.now() + PROBED_WITHIN_MS
    const query = `/api/v1/query?query=${encodeURIComponent('count(freshet_probe_broken == 0)')}`
    for (;;) {
      const { result } = (await prometheus.get(query)) as { readonly result: readonly unknown[] }
      if (result.length > 0) return
      if (performance.now() > deadline) throw new Error('No probe has held.')
      await wait(POLL_EVERY_MS)
    }
  }

  async function readPages(): Promise<PagesAt> {
    const held = await alertmanager.held()
    const pages = held.flatMap(({ labels, status: { state } }) => {
      if (labels['severity'] !== 'page' || state !== 'active') return []
      const { alertname, service, source, tenant } = labels
      return [alertname, service, source, tenant].filter((each) => each !== undefined).join(' ')
    })
    return { atMs: performance.now(), pages: pages.toSorted() }
  }

  /** Looks until a condition holds of the last look. */
  async function poll(
    isOver: (last: PagesAt) => boolean,
    withinMs: number,
  ): Promise<readonly PagesAt[]> {
    const all: PagesAt[] = []
    const deadline = performance.now() + withinMs
    for (;;) {
      const last = await readPages()
      all.push(last)
      if (isOver(last)) return all
      if (performance.now() > deadline) throw new Error(`The pages are ${last.pages.join()}.`)
      await wait(POLL_EVERY_MS)
    }
  }

  /** Plants a fault, and returns the looks from it until all pages are over. */
  async function pollAfter(plant: Plant): Promise<readonly PagesAt[]> {
    await poll(({ pages }) => pages.length === 0, OVER_WITHIN_MS)
    const end = await plant()
    const plantedMs = performance.now()
    const during = await poll(({ atMs }) => atMs > plantedMs + LASTS_MS, 2 * LASTS_MS)
    await end()
    const endedMs = performance.now()
    const isOver = ({ atMs, pages }: PagesAt): boolean =>
      pages.length === 0 && atMs > endedMs + WATCHED_AFTER_MS
    return [...during, ...(await poll(isOver, OVER_WITHIN_MS))]
  }

  it.each<[fault: string, page: string, plant: (of: TestStack) => Plant]>([
    ['a silent source', 'FreshetSourceSilent hr acme', (of) => hung(of, 'source:hr')],
    ['a reconciler that is gone', 'FreshetServiceDown reconciler', (of) => down(of, 'reconciler')],
    ['a gateway that hangs', 'FreshetServiceDown gateway', (of) => hung(of, 'gateway')],
    ['an authority that hangs', 'FreshetServiceDown authority', (of) => hung(of, 'authority')],
  ])(
    '%s: %s',
    async (_, page, plant) => {
      const all = await pollAfter(plant(stack))
      const first = all.find(({ pages }) => pages.includes(page))
      const others = all.filter(({ pages }) => pages.some((each) => each !== page))
      expect(first).toBeDefined()
      const begin = all[0]?.atMs ?? 0
      const firstMs = first?.atMs ?? 0
      const late = others.filter(({ atMs }) => atMs > firstMs + EVALUATED_MS)
      expect(
        late.map(({ atMs, pages }) => `${Math.round(atMs - begin)} ms: ${pages.join()}`),
      ).toEqual([])
      // A symptom that fires before its cause is held back until the cause suppresses it.
      const [earliest] = others
      if (earliest) expect(firstMs + EVALUATED_MS - earliest.atMs).toBeLessThan(HELD_BACK_MS)
    },
    2 * LASTS_MS + 3 * OVER_WITHIN_MS,
  )

  it(
    'control: without the inhibit rules, a silent source is several pages',
    async () => {
      const fired = (await alertmanager.held()).filter(
        ({ labels }) => labels['severity'] === 'page',
      )
      expect(fired).toEqual([])
      const end = await hung(stack, 'source:hr')()
      const isSuppressed = async (): Promise<boolean> =>
        (await alertmanager.held()).some(({ status }) => status.state === 'suppressed')
      await expect.poll(isSuppressed, { timeout: LASTS_MS, interval: POLL_EVERY_MS }).toBe(true)
      await end()
    },
    STARTED_WITHIN_MS,
  )
})

/** The jobs of a stack, named as those of the chart. */
function jobsOf({ at }: TestStack) {
  const targets: readonly (readonly [service: string, urls: readonly string[]])[] = [
    ['gateway', [at.gateway]],
    ['reconciler', [at.reconciler]],
    ['authority', [at.authority]],
    ['console', [at.console]],
    ['sidecar', [at.sidecar, at['sidecar:2']]],
  ]
  return targets.map(([service, urls]) => ({
    name: `freshet-${service}`,
    targets: [{ at: urls.map((url) => new URL(url).host) }],
  }))
}
