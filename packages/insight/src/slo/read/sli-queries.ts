import { BULK_CLASS, type Slo } from '@freshet/protocol/slo'

/** The counts of a measurement, in PromQL: selectors of counters, or figures of each minute. */
export interface SliQueries {
  /** True if the queries select counters; otherwise each answers a number for the minute before. */
  readonly counter: boolean
  readonly good?: string
  readonly bad?: string
  readonly total: string
}

/** The measurement of an objective. */
export type Measurement = Pick<Slo, 'sli' | 'class' | 'thresholdMs'>

const MS_PER_SECOND = 1_000

/**
 * The queries of a measurement. There is one way to measure each, which the console goes too: a file of objectives
 * that asks something else would show two figures under one name.
 */
export function sliQueries({ sli, class: of, thresholdMs }: Measurement): SliQueries {
  switch (sli) {
    case 'change-complete':
      return inTime('freshet_change_complete_duration_seconds', changesOf(of), thresholdMs)
    case 'edge-apply':
      return inTime('freshet_edge_apply_duration_seconds', changesOf(of), thresholdMs)
    case 'source-ingest':
      return inTime('freshet_stage_duration_seconds', ['stage="source"'], thresholdMs)
    case 'edge-fresh':
      return edgeMinutes(thresholdMs)
    case 'correctness':
      return { counter: true, bad: 'freshet_probe_lost_total', total: 'freshet_probe_sent_total' }
    case 'coverage':
      return {
        counter: true,
        bad: 'freshet_changes_unfinished_total',
        total: 'freshet_changes_checked_total',
      }
    case 'stale-allows':
      return {
        counter: true,
        bad: 'freshet_stale_allows_total',
        total: 'freshet_decisions_total{result="allow"}',
      }
  }
}

function changesOf(of: string | null): readonly string[] {
  if (of === null) return ['origin="live"']
  return of === BULK_CLASS ? ['origin=~"replay|backfill"'] : [`class="${of}"`, 'origin="live"']
}

function inTime(
  histogram: string,
  labels: readonly string[],
  thresholdMs: number | null,
): SliQueries {
  const good = [...labels, boundIs(thresholdMs ?? Number.NaN)].join(',')
  return {
    counter: true,
    good: `${histogram}_bucket{${good}}`,
    total: `${histogram}_count{${labels.join(',')}}`,
  }
}

/** Prometheus 3 stores the bound 2.0, and 2 stores what was written. */
function boundIs(thresholdMs: number): string {
  const bound = String(thresholdMs / MS_PER_SECOND)
  return bound.includes('.') ? `le="${bound}"` : `le=~"${bound}(\\\\.0)?"`
}

/** An edge that has not caught up once does not judge yet, and is not measured. */
function edgeMinutes(thresholdMs: number | null): SliQueries {
  const oldest =
    'max by (edge) (max_over_time(freshet_edge_view_age_seconds{state!="starting"}[1m]))'
  const good = `count(${oldest} <= ${(thresholdMs ?? Number.NaN) / MS_PER_SECOND}) or vector(0)`
  return { counter: false, good, total: `count(${oldest})` }
}
