import { REPORT_REFUSALS } from '@freshet/protocol/slo'
import { describe, expect, it } from 'vitest'
import { edgeMetrics, UNVERIFIED_SERIES_MAX } from '../metrics/edge-metrics.ts'
import { endpointLimitMetrics } from '../metrics/endpoint-limiter-metrics.ts'
import { exposureMetrics } from '../metrics/exposure-metrics.ts'
import { httpMetrics } from '../metrics/http-metrics.ts'
import { pipelineMetrics } from '../metrics/pipeline-metrics.ts'
import { quarantineMetrics } from '../metrics/quarantine-metrics.ts'
import { sourceMetrics } from '../metrics/source-metrics.ts'
import { EDGES_MAX, NAMES_MAX } from './labels.ts'
import { createMetrics, type Metrics } from './metrics.ts'

const fresh = (): Metrics => createMetrics({ version: '1.2.3', commit: 'abc' })

async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const { text } = await metrics.exposition()
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('metrics', () => {
  it('have the build', async () => {
    const [line] = await samples(fresh(), 'freshet_build_info')
    expect(line).toContain('version="1.2.3",commit="abc"')
    expect(line).toMatch(/ 1$/)
  })

  it('count what became of an event', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    pipeline.eventDecided('hr', 'groups', 'applied')
    pipeline.eventDecided('hr', 'groups', 'applied')
    expect(await samples(metrics, 'freshet_events_total')).toEqual([
      'freshet_events_total{source="hr",claim="groups",outcome="applied"} 2',
    ])
  })

  it('count contradictions of two sources against the owner of the claim', async () => {
    const metrics = fresh()
    pipelineMetrics(metrics).claimContradicted('groups', 'iam')
    expect(await samples(metrics, 'freshet_contradictions_total')).toEqual([
      'freshet_contradictions_total{claim="groups",owner="iam"} 1',
    ])
  })

  it('count what was missed against the owner of the source', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    pipeline.changeMissed('hr', 'people-systems', 'removal')
    pipeline.changeMissed('hr', 'people-systems', 'grant')
    pipeline.changeMissed('hr', 'people-systems', 'removal')
    expect(await samples(metrics, 'freshet_missed_changes_total')).toEqual([
      'freshet_missed_changes_total{source="hr",owner="people-systems",kind="removal"} 2',
      'freshet_missed_changes_total{source="hr",owner="people-systems",kind="grant"} 1',
    ])
  })

  it('are in seconds, and take a negative duration for none', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    pipeline.stagePassed('reconcile', 1_500, 'reduce')
    pipeline.stagePassed('source', -20, 'reduce')
    expect(await samples(metrics, 'freshet_stage_duration_seconds_sum')).toEqual([
      'freshet_stage_duration_seconds_sum{stage="reconcile",class="reduce"} 1.5',
      'freshet_stage_duration_seconds_sum{stage="source",class="reduce"} 0',
    ])
  })

  it('show which partitions are not recorded', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    pipeline.recordingPaused(0, true)
    pipeline.recordingPaused(3, true)
    pipeline.recordingPaused(3, false)
    expect(await samples(metrics, 'freshet_recording_paused')).toEqual([
      'freshet_recording_paused{partition="0"} 1',
      'freshet_recording_paused{partition="3"} 0',
    ])
  })

  it('show the outbox and the fan-out of a change', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    pipeline.outboxSeen(7, 2_500)
    pipeline.rowsHidden(3)
    pipeline.rowsHidden(1)
    pipeline.tokensMarkedStale(40, 'reduce')
    expect(await samples(metrics, 'freshet_outbox')).toEqual([
      'freshet_outbox_pending 7',
      'freshet_outbox_oldest_age_seconds 2.5',
      'freshet_outbox_hidden_rows_total 4',
    ])
    expect(await samples(metrics, 'freshet_tokens_stale_total')).toEqual([
      'freshet_tokens_stale_total{class="reduce"} 40',
    ])
  })

  it('show what is parked by topic and reason, and nothing of what is done with', async () => {
    const metrics = fresh()
    const seen = quarantineMetrics(metrics)
    const topic = 'freshet.changes.v1'
    const forbidden = { topic, reason: 'event.forbidden', records: 2, oldestAgeMs: 90_000 }
    seen([{ topic, reason: 'event.unauthentic', records: 5, oldestAgeMs: 1_500 }, forbidden])
    seen([forbidden])
    expect(await samples(metrics, 'freshet_quarantine')).toEqual([
      'freshet_quarantine_records{topic="freshet.changes.v1",reason="event.forbidden"} 2',
      'freshet_quarantine_oldest_age_seconds{topic="freshet.changes.v1",reason="event.forbidden"} 90',
    ])
  })

  it('show since when a source is silent in each tenant, also when no caller asks any more', async () => {
    const metrics = fresh()
    let nowMs = 10_000
    const seen = sourceMetrics(metrics, { nowMs: () => nowMs })
    const hr = { source: 'hr', leaseMs: 5_000, owner: 'people', contact: 'people@acme.example' }
    const iga = { source: 'iga', leaseMs: 30_000, owner: 'iam', contact: '' }
    seen([
      { ...hr, tenant: 'acme', throughMs: 9_500 },
      { ...hr, tenant: 'umbrella', throughMs: 8_000 },
      { ...iga, tenant: 'acme', throughMs: null },
    ])
    nowMs = 70_000
    expect(await samples(metrics, 'freshet_source')).toEqual([
      'freshet_source_silence_seconds{source="hr",tenant="acme"} 60.5',
      'freshet_source_silence_seconds{source="hr",tenant="umbrella"} 62',
      'freshet_source_silence_seconds{source="iga",tenant="acme"} +Inf',
      'freshet_source_lease_seconds{source="hr",owner="people",contact="people@acme.example"} 5',
      'freshet_source_lease_seconds{source="iga",owner="iam",contact=""} 30',
    ])
  })

  it('show the longest silence of the tenants beyond the limit as one series', async () => {
    const metrics = fresh()
    const seen = sourceMetrics(metrics, { nowMs: () => 700_000 })
    const hr = { source: 'hr', leaseMs: 5_000, owner: 'people', contact: '' }
    seen(
      Array.from({ length: 600 }, (_, index) => ({
        ...hr,
        tenant: `t-${index}`,
        throughMs: index * 1_000,
      })),
    )
    const shown = await samples(metrics, 'freshet_source_silence_seconds')
    expect(shown).toHaveLength(501)
    expect(shown).toContain('freshet_source_silence_seconds{source="hr",tenant="other"} 200')
  })

  it('show one state of an edge at a time', async () => {
    const metrics = fresh()
    const edge = edgeMetrics(metrics)
    edge.viewAgeSeen('edge-1', 'live', 300)
    edge.viewAgeSeen('edge-1', 'silent', 9_000)
    edge.decided('deny', 'unverified')
    expect(await samples(metrics, 'freshet_')).toEqual([
      expect.stringContaining('freshet_build_info'),
      'freshet_decisions_total{result="deny",reason="unverified"} 1',
      'freshet_edge_view_age_seconds{edge="edge-1",state="silent"} 9',
      'freshet_edge_denials 0',
      'freshet_edge_denials_overflowing 0',
      'freshet_edge_watermarks 0',
      'freshet_edge_watermarks_overflowing 0',
      'freshet_edge_routes_outdated 0',
      'freshet_edge_unverified_sources_more 0',
      'freshet_edge_out_of_view 0',
    ])
  })

  it('show how full the tables of an edge are, without a label of the tenant', async () => {
    const metrics = fresh()
    const tables = { denials: 120_000, denialsOverflowing: 2 }
    const bytes = { verifiedTokenBytes: 64_000, allowBytes: 48_000 }
    edgeMetrics(metrics).tablesSeen({
      ...tables,
      ...bytes,
      watermarks: 7,
      watermarksOverflowing: 1,
    })
    expect(await samples(metrics, 'freshet_edge_')).toEqual([
      'freshet_edge_denials 120000',
      'freshet_edge_denials_overflowing 2',
      'freshet_edge_watermarks 7',
      'freshet_edge_watermarks_overflowing 1',
      'freshet_edge_routes_outdated 0',
      'freshet_edge_memory_bytes{part="tokens"} 64000',
      'freshet_edge_memory_bytes{part="allows"} 48000',
      'freshet_edge_unverified_sources_more 0',
      'freshet_edge_out_of_view 0',
    ])
  })

  it('name the sources that an edge cannot vouch for now, and count those over the limit', async () => {
    const metrics = fresh()
    const edge = edgeMetrics(metrics)
    const hr = { tenant: 'acme', source: 'hr' }
    edge.unverifiedSeen({ isOutOfView: false, sources: [hr, { ...hr, source: 'iga' }], more: 0 })
    edge.unverifiedSeen({ isOutOfView: false, sources: [hr], more: 0 })
    expect(await samples(metrics, 'freshet_edge_unverified_sources')).toEqual([
      'freshet_edge_unverified_sources{tenant="acme",source="hr"} 1',
      'freshet_edge_unverified_sources_more 0',
    ])
    const many = Array.from({ length: 1_000 }, (_, n) => ({ ...hr, tenant: `t-${n}` }))
    edge.unverifiedSeen({ isOutOfView: false, sources: many, more: 7 })
    const shown = await samples(metrics, 'freshet_edge_unverified_sources')
    expect(shown).toHaveLength(UNVERIFIED_SERIES_MAX + 1)
    expect(shown.at(-1)).toBe('freshet_edge_unverified_sources_more 987')
    edge.unverifiedSeen({ isOutOfView: true, sources: [], more: 0 })
    expect(await samples(metrics, 'freshet_edge_unverified_sources')).toEqual([
      'freshet_edge_unverified_sources_more 0',
    ])
    expect(await samples(metrics, 'freshet_edge_out_of_view')).toEqual([
      'freshet_edge_out_of_view 1',
    ])
  })

  it('count what edges let in too late, by class, and what they could not hold', async () => {
    const metrics = fresh()
    const exposure = exposureMetrics(metrics)
    exposure.staleAllows('reduce', 3)
    exposure.staleAllows('reduce', 4)
    exposure.staleAllows(null, 1)
    exposure.evictions(5)
    exposure.unreadable()
    expect(await samples(metrics, 'freshet_stale_allow')).toEqual([
      'freshet_stale_allows_total{class="reduce"} 7',
      'freshet_stale_allows_total{class="unknown"} 1',
      'freshet_stale_allow_ring_evictions_total 5',
    ])
    expect(await samples(metrics, 'freshet_edge_reports_unreadable')).toEqual([
      'freshet_edge_reports_unreadable_total 1',
    ])
  })

  it('count reports that are ignored, with each reason from the start', async () => {
    const metrics = fresh()
    exposureMetrics(metrics).ignored('unsigned')
    const series = await samples(metrics, 'freshet_edge_reports_ignored')
    expect(series).toHaveLength(REPORT_REFUSALS.length)
    expect(series).toContain('freshet_edge_reports_ignored_total{reason="unsigned"} 1')
    expect(series).toContain('freshet_edge_reports_ignored_total{reason="replayed"} 0')
  })

  it('show an answer under its route', async () => {
    const metrics = fresh()
    httpMetrics(metrics)({ route: '/v1/changes', method: 'POST', status: 202, durationMs: 4 })
    const [line] = await samples(metrics, 'http_server_request_duration_seconds_count')
    expect(line).toContain('http_route="/v1/changes"')
  })

  it('show a limited endpoint as it is at the time of the scrape', async () => {
    const metrics = fresh()
    let counts = { admitted: 3, refused: 0, inside: 2, places: 40 }
    endpointLimitMetrics(metrics, () => counts)
    await samples(metrics, 'freshet_token_requests')
    counts = { admitted: 7, refused: 5, inside: 1, places: 12 }
    expect(await samples(metrics, 'freshet_token_requests')).toEqual([
      'freshet_token_requests_total{outcome="admitted"} 7',
      'freshet_token_requests_total{outcome="refused"} 5',
      'freshet_token_requests_inside 1',
      'freshet_token_requests_inside_limit 12',
    ])
  })

  it('stay bounded whatever names arrive', async () => {
    const metrics = fresh()
    const pipeline = pipelineMetrics(metrics)
    const edge = edgeMetrics(metrics)
    for (let i = 0; i < 1_000; i += 1) {
      pipeline.eventDecided(`source-${i}`, 'groups', 'applied')
      edge.viewAgeSeen(`edge-${i}`, 'live', 1)
    }
    const events = await samples(metrics, 'freshet_events_total')
    expect(events).toHaveLength(NAMES_MAX + 1)
    expect(events.at(-1)).toBe(
      `freshet_events_total{source="other",claim="groups",outcome="applied"} ${1_000 - NAMES_MAX}`,
    )
    expect(await samples(metrics, 'freshet_edge_view_age')).toHaveLength(EDGES_MAX + 1)
  })
})
