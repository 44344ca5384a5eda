import {
  createMetrics,
  edgeMetrics,
  endpointLimitMetrics,
  httpMetrics,
  metricsCatalogue,
  pipelineMetrics,
  quarantineMetrics,
  sourceMetrics,
  type Metrics,
} from '@freshet/telemetry'
import { describe, expect, it } from 'vitest'
import { isInstalled, run } from './installed.ts'

/** Returns metrics with values, as the services have them. */
function spoken(): Metrics {
  const metrics = createMetrics({ version: '1', commit: 'abc' })
  const pipeline = pipelineMetrics(metrics)
  pipeline.stagePassed('source', 12, 'reduce')
  pipeline.eventDecided('hr', 'groups', 'applied')
  pipeline.changeMissed('hr', 'people', 'removal')
  pipeline.claimContradicted('groups', 'iam')
  pipeline.tokensMarkedStale(3, 'reduce')
  pipeline.recordingPaused(3, false)
  pipeline.outboxSeen(2, 40)
  const place = { topic: 'freshet.changes.v1', reason: 'event.forbidden' }
  quarantineMetrics(metrics)([{ ...place, records: 1, oldestAgeMs: 9 }])
  sourceMetrics(metrics, { nowMs: () => 7 })([
    { source: 'hr', tenant: 'acme', throughMs: 3, leaseMs: 5, owner: 'people', contact: '' },
  ])
  const edge = edgeMetrics(metrics)
  edge.decided('allow', 'fresh')
  edge.observed('deny', 'stale')
  edge.viewAgeSeen('edge-1', 'live', 20)
  endpointLimitMetrics(metrics, () => ({ admitted: 1, refused: 0, inside: 1, places: 8 }))
  httpMetrics(metrics)({ route: '/v1/changes', method: 'POST', status: 202, durationMs: 3 })
  return metrics
}

/** Returns one sample of each metric of the catalogue, written by us. */
function catalogueText(): string {
  const entries = new Map(
    metricsCatalogue().flatMap(({ entries: own }) => own.map((entry) => [entry.name, entry])),
  )
  return [...entries.values()]
    .map(({ name, type, labels, help }) => {
      const own = labels.map((label) => `${label}="x"`)
      const sample = (suffix: string, more: readonly string[] = []): string =>
        `${name}${suffix}{${[...own, ...more].join(',')}} 1\n`
      const samples =
        type === 'histogram'
          ? sample('_bucket', ['le="+Inf"']) + sample('_sum') + sample('_count')
          : sample('')
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples}`
    })
    .join('')
}

describe.runIf(isInstalled('promtool'))('promtool accepts', () => {
  it('the exposition, with the metrics of the library', async () => {
    const { text } = await spoken().exposition()
    expect(text).toContain('nodejs_active_handles')
    const checked = run('promtool', ['check', 'metrics'], `${text}\n`)
    expect(checked).toEqual({ isContent: true, text: '' })
  })

  it('names, types and labels of the whole catalogue', () => {
    const checked = run('promtool', ['check', 'metrics'], catalogueText())
    expect(checked).toEqual({ isContent: true, text: '' })
  })

  it('control: it has, against a counter without _total, and a gauge with it', () => {
    for (const [name, type] of [
      ['a_b', 'counter'],
      ['a_b_total', 'gauge'],
    ]) {
      const text = `# HELP ${name} x\n# TYPE ${name} ${type}\n${name} 1\n`
      expect(run('promtool', ['check', 'metrics'], text).isContent).toBe(false)
    }
  })
})
