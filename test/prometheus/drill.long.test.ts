import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  createMetrics,
  edgeMetrics,
  pipelineMetrics,
  type Metrics,
  type PipelineMetrics,
} from '@freshet/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boards, queriesOf, ROOT } from './boards.ts'
import { isInstalled } from './installed.ts'
import { startPrometheus, type Prometheus } from './prometheus-process.ts'

const isHere = isInstalled('prometheus')
const RULES = ['freshet-slos.yaml', 'freshet-alerts.yaml'].map((file) =>
  join(ROOT, 'infra/prometheus', file),
)
const PATIENCE = { timeout: 60_000, interval: 100 }

it.runIf(process.env['CI'] !== undefined)('Prometheus is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

/** Serves the exposition of some metrics on loopback. */
async function serve(metrics: Metrics): Promise<{ server: Server; url: URL }> {
  const server = createServer((_, response) => {
    void metrics
      .exposition()
      .then(({ contentType, text }) =>
        response.writeHead(200, { 'content-type': contentType }).end(text),
      )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, url: new URL(`http://127.0.0.1:${port}`) }
}

describe.runIf(isHere)('a real Prometheus with our rules', () => {
  const metrics = createMetrics({ version: '0.1.0', commit: 'drill' })
  let pipeline: PipelineMetrics
  let prometheus: Prometheus
  let server: Server

  beforeAll(async () => {
    pipeline = pipelineMetrics(metrics)
    pipeline.outboxSeen(0, 0)
    edgeMetrics(metrics).viewAgeSeen('edge-1', 'live', 20)
    const served = await serve(metrics)
    server = served.server
    prometheus = await startPrometheus(
      [{ name: 'freshet', targets: [{ at: [served.url.host] }] }],
      RULES,
    )
  })

  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]()
    server.close()
    server.closeAllConnections()
  })

  /** Returns the names of the alerts that fire now. */
  async function firing(): Promise<readonly string[]> {
    const { alerts } = (await prometheus.get('/api/v1/alerts')) as {
      readonly alerts: readonly { readonly state: string; readonly labels: { alertname: string } }[]
    }
    return alerts.flatMap(({ state, labels }) => (state === 'firing' ? [labels.alertname] : []))
  }

  /** Returns the present values of a query. */
  async function ask(query: string): Promise<readonly string[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(query)}`
    const { result } = (await prometheus.get(path)) as {
      readonly result: readonly { readonly value: readonly [number, string] }[]
    }
    return result.map(({ value: [, value] }) => value)
  }

  it('fires while the outbox is stuck, and stops when it is not', async () => {
    await expect.poll(() => ask('freshet_outbox_pending'), PATIENCE).toEqual(['0'])
    await expect.poll(firing, PATIENCE).toContain('Watchdog')
    expect(await firing()).not.toContain('FreshetOutboxStuck')
    pipeline.outboxSeen(3, 11_000)
    await expect.poll(firing, PATIENCE).toContain('FreshetOutboxStuck')
    pipeline.outboxSeen(0, 0)
    await expect.poll(firing, PATIENCE).not.toContain('FreshetOutboxStuck')
  })

  it('records objectives, and nothing for one that was not measured', async () => {
    const objective = 'slo:objective:ratio{sloth_slo="reduce-complete-2s"}'
    await expect.poll(() => ask(objective), PATIENCE).toEqual(['0.999'])
    expect(await ask('slo:sli_error:ratio_rate5m{sloth_slo="reduce-complete-2s"}')).toEqual([])
  })

  it.each(boards)('$file: each query is answered', async ({ board }) => {
    for (const query of queriesOf(board)) expect(await ask(query)).toBeInstanceOf(Array)
  })
})
