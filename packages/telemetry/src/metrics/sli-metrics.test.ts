import { expect, describe, it } from 'vitest'
import { createMetrics, type Metrics } from '../prometheus/metrics.ts'
import { pipelineMetrics } from './pipeline-metrics.ts'
import { probeMetrics } from './probe-metrics.ts'
import { sliMetrics } from './sli-metrics.ts'
import { statusMetrics } from './status-metrics.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1'

const fresh = (): Metrics => createMetrics({ version: '1.2.3', commit: 'abc' })

async function samples(metrics: Metrics, name: string, accept?: string): Promise<string[]> {
  const { text } = await metrics.exposition(accept)
  return text.split('\n').filter((line) => line.startsWith(name))
}

const change = {
  class: 'reduce',
  origin: 'live' as const,
  tookMs: 40,
  isComplete: true,
  traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
}
const COMPLETE = 'freshet_change_complete_duration_seconds'

describe('what is measured of the loop', () => {
  it('is in seconds, by class and origin', async () => {
    const metrics = fresh()
    sliMetrics(metrics).changeCompleted(change)
    expect(await samples(metrics, `${COMPLETE}_sum`)).toEqual([
      `${COMPLETE}_sum{class="reduce",origin="live"} 0.04`,
    ])
  })

  it('stands at zero for the classes of objectives, so that the first event of each counts', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics, ['kill', 'reduce'])
    const counts = (name: string) => samples(metrics, `${name}_count`)
    expect(await counts(COMPLETE)).toEqual([
      `${COMPLETE}_count{class="kill",origin="live"} 0`,
      `${COMPLETE}_count{class="reduce",origin="live"} 0`,
    ])
    slis.changeCompleted(change)
    expect(await counts(COMPLETE)).toContain(`${COMPLETE}_count{class="reduce",origin="live"} 1`)
    for (const [name, label] of [
      ['freshet_edge_apply_duration_seconds', 'origin="live"'],
      ['freshet_stage_duration_seconds', 'stage="source"'],
    ] as const)
      expect((await counts(name)).filter((line) => line.includes(label))).toHaveLength(2)
    // Control: without classes nothing is there before it happens.
    const bare = fresh()
    sliMetrics(bare)
    expect(await samples(bare, `${COMPLETE}_count`)).toEqual([])
  })

  it('shows the trace of a change to a reader of OpenMetrics, and to no other', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics)
    slis.changeCompleted(change)
    slis.changeCompleted({ ...change, tookMs: 900, traceparent: null })
    const bucket = `${COMPLETE}_bucket{le="0.05"`
    const [open] = await samples(metrics, bucket, OPEN_METRICS)
    expect(open).toMatch(
      new RegExp(
        `^${COMPLETE}_bucket{le="0.05",class="reduce",origin="live"} 1 # {trace_id="${TRACE_ID}"} 0.04 `,
      ),
    )
    expect(await samples(metrics, bucket)).toEqual([
      `${COMPLETE}_bucket{le="0.05",class="reduce",origin="live"} 1`,
    ])
  })

  it('is in no bucket but the last where it was not complete at the deadline', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics)
    slis.changeCompleted({ ...change, tookMs: 900_000, isComplete: false })
    slis.edgeApplied(change, null)
    for (const name of [COMPLETE, 'freshet_edge_apply_duration_seconds']) {
      const buckets = await samples(metrics, `${name}_bucket`)
      expect(buckets.slice(-2).map((line) => line.split(' ')[1])).toEqual(['0', '1'])
    }
  })

  it('counts what came to an end, and what did not', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics)
    slis.changeChecked(true)
    slis.changeChecked(false)
    expect(await samples(metrics, 'freshet_changes')).toEqual([
      'freshet_changes_checked_total 2',
      'freshet_changes_unfinished_total 1',
    ])
  })

  it('has the differences of the clocks', async () => {
    const metrics = fresh()
    const slis = sliMetrics(metrics)
    slis.skewClamped('hr')
    slis.skewSeen('hr', -40)
    expect(await samples(metrics, 'freshet_clock_skew')).toEqual([
      'freshet_clock_skew_negative_total{source="hr"} 1',
      'freshet_clock_skew_seconds{source="hr"} -0.04',
    ])
  })
})

describe('OpenMetrics', () => {
  it('names a counter without its suffix once, and leaves it to other scrapers', async () => {
    const metrics = fresh()
    pipelineMetrics(metrics).eventDecided('hr', 'groups', 'applied')
    const scrape = () => samples(metrics, 'freshet_events_total', OPEN_METRICS)
    const line = 'freshet_events_total{source="hr",claim="groups",outcome="applied"} 1'
    const plain = samples(metrics, 'freshet_events_total')
    expect(await Promise.all([scrape(), scrape(), plain])).toEqual([[line], [line], [line]])
    expect(await samples(metrics, 'freshet_events_total')).toEqual([line])
    const { contentType, text } = await metrics.exposition(OPEN_METRICS)
    expect(contentType).toContain('openmetrics-text')
    expect(text).toContain('# TYPE freshet_events counter')
    expect(text.endsWith('# EOF\n')).toBe(true)
  })
})

describe('how everything stands', () => {
  it('replaces the earlier figures; a status without edges has none', async () => {
    const metrics = fresh()
    const statuses = statusMetrics(metrics)
    const topic = 'freshet.changes.v1'
    statuses.edgesSeen(new Map([['stale', 2]]))
    statuses.edgesSeen(new Map([['synced', 3]]))
    statuses.lagSeen([{ topic, partition: 0, behindMs: 10 }])
    statuses.lagSeen([{ topic, partition: 3, behindMs: 1_500 }])
    statuses.outstandingSeen(new Map([['reduce', 7]]))
    const edges = await samples(metrics, 'freshet_edges')
    expect(edges).toContain('freshet_edges{state="synced"} 3')
    expect(edges).toContain('freshet_edges{state="stale"} 0')
    expect(await samples(metrics, 'freshet_consumer')).toEqual([
      'freshet_consumer_time_lag_seconds{topic="freshet.changes.v1",partition="3"} 1.5',
    ])
    expect(await samples(metrics, 'freshet_tokens_outstanding')).toEqual([
      'freshet_tokens_outstanding{class="reduce"} 7',
    ])
  })

  it('have the results of probes', async () => {
    const metrics = fresh()
    const probes = probeMetrics(metrics, () => [
      ['probe', true],
      ['probe-grow', false],
    ])
    for (let n = 0; n < 3; n += 1) probes.sent()
    probes.acked(40)
    probes.lost()
    const lines = await samples(metrics, 'freshet_probe')
    expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
      'freshet_probe_sent_total 3',
      'freshet_probe_acked_total 1',
      'freshet_probe_lost_total 1',
      'freshet_probe_in_flight 1',
      'freshet_probe_broken{claim="probe"} 1',
      'freshet_probe_broken{claim="probe-grow"} 0',
      'freshet_probe_duration_seconds_sum 0.04',
      'freshet_probe_duration_seconds_count 1',
    ])
  })
})
