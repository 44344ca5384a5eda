import { describe, expect, it } from 'vitest'
import { edgeMetrics } from '../metrics/edge-metrics.ts'
import { exposureMetrics } from '../metrics/exposure-metrics.ts'
import { httpMetrics } from '../metrics/http-metrics.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { pipelineMetrics } from '../metrics/pipeline-metrics.ts'
import { probeMetrics } from '../metrics/probe-metrics.ts'
import { quarantineMetrics } from '../metrics/quarantine-metrics.ts'
import { sliMetrics } from '../metrics/sli-metrics.ts'
import { sourceMetrics } from '../metrics/source-metrics.ts'
import { statusMetrics } from '../metrics/status-metrics.ts'

const SUBJECTS = 10_000
const EDGES = 1_000
const CLASSES = ['kill', 'reduce', 'stepup', 'grow', 'bulk'] as const
const CLAIMS = 20
const SOURCES = 10
const PARTITIONS = 7

const fresh = (): Metrics => createMetrics({ version: '1', commit: 'abc' })

/** Lines that are samples. */
async function seriesOf({ exposition }: Metrics): Promise<number> {
  const { text } = await exposition()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

const nth = <T>(list: readonly [T, ...T[]], n: number): T => list[n % list.length] ?? list[0]

function serve(metrics: Metrics, routes: number): void {
  const answered = httpMetrics(metrics)
  for (let route = 0; route < routes; route += 1)
    for (const status of [200, 401, 404])
      answered({ route: `/v1/${route}/:id`, method: 'GET', status, durationMs: 1 })
}

describe('series stay few, however many subjects and edges there are:', () => {
  it('a reconciler shows at most 5,000', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    const outcomes = ['applied', 'noop', 'late', 'quarantined'] as const
    for (let subject = 0; subject < SUBJECTS; subject += 1) {
      const named = nth(CLASSES, subject)
      pipeline.eventDecided(
        `source-${subject % SOURCES}`,
        `claim-${subject % CLAIMS}`,
        nth(outcomes, subject),
      )
      pipeline.stagePassed('source', subject, named)
      pipeline.stagePassed('reconcile', subject, named)
      pipeline.tokensMarkedStale(1, named)
      pipeline.recordingPaused(subject % 7, true)
    }
    quarantineMetrics(metrics)([])
    serve(metrics, 5)
    expect(await seriesOf(metrics)).toBeLessThanOrEqual(5_000)
  })

  it('a console with its 60 routes shows at most 6,000', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics)
    const origins = ['live', 'probe', 'replay', 'backfill'] as const
    for (let subject = 0; subject < SUBJECTS; subject += 1) {
      const of = { class: nth(CLASSES, subject), origin: nth(origins, Math.floor(subject / 5)) }
      slis.changeCompleted({ ...of, tookMs: subject, isComplete: true, traceparent: null })
      for (let edge = subject % 100; edge < EDGES; edge += 100) slis.edgeApplied(of, edge)
      for (const stage of ['ingest', 'publish', 'edge_apply'] as const)
        slis.stagePassed(stage, subject, of.class)
      slis.skewSeen(`source-${subject % SOURCES}`, 1)
      slis.skewClamped(`source-${subject % SOURCES}`)
    }
    const statuses = statusMetrics(metrics)
    statuses.edgesSeen(new Map([['synced', EDGES]]))
    const topics = ['freshet.changes.v1', 'freshet.revocations.v1']
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    statuses.lagSeen(
      topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition, behindMs: 1 }))),
    )
    statuses.outstandingSeen(new Map(CLASSES.map((named) => [named, SUBJECTS])))
    probeMetrics(metrics)
    sourceMetrics(metrics, { nowMs: () => 0 })(
      Array.from({ length: SUBJECTS }, (_, pair) => ({
        source: `source-${pair % SOURCES}`,
        tenant: `tenant-${Math.floor(pair / SOURCES)}`,
        throughMs: 0,
        leaseMs: 5_000,
        owner: `team-${pair % SOURCES}`,
        contact: '',
      })),
    )
    const exposed = exposureMetrics(metrics)
    for (const named of CLASSES) exposed.staleAllows(named, 1)
    serve(metrics, 60)
    expect(await seriesOf(metrics)).toBeLessThanOrEqual(6_000)
  })

  it('an edge shows at most 300', async () => {
    const metrics = fresh()
    const edge = edgeMetrics(metrics)
    const reasons = [
      'fresh',
      'stale',
      'unverified',
      'denied',
      'validated',
      'stripped',
      'invalid',
    ] as const
    for (let subject = 0; subject < SUBJECTS; subject += 1) {
      edge.decided(nth(['allow', 'deny', 'challenge'] as const, subject), nth(reasons, subject))
      edge.viewAgeSeen('edge-1', 'live', subject)
      const tenant = `tenant-${subject}`
      edge.unverifiedSeen({
        isOutOfView: false,
        sources: [{ tenant, source: 'hr' }],
        more: subject,
      })
    }
    serve(metrics, 2)
    expect(await seriesOf(metrics)).toBeLessThanOrEqual(300)
  })

  it('the control: a label that names subjects is seen', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    for (let subject = 0; subject < SUBJECTS; subject += 1)
      pipeline.eventDecided(`source-${subject}`, `claim-${subject}`, 'applied')
    const bounded = await seriesOf(metrics)
    expect(bounded).toBeLessThan(1_000)
    const { registry } = metrics
    const { Counter } = await import('prom-client')
    const naming = new Counter({ name: 'c', help: 'h', labelNames: ['sub'], registers: [registry] })
    for (let subject = 0; subject < SUBJECTS; subject += 1) naming.inc({ sub: String(subject) })
    expect(await seriesOf(metrics)).toBeGreaterThan(SUBJECTS)
  })
})
