import { buckets, quantiles, redFrom, type Board, type Row } from './board.ts'
import { freshRow } from './fresh-row.ts'
import { MINTS_ROW } from './mints-row.ts'
import { PROCESSES_ROW } from './processes-row.ts'
import type { Promises } from './promises.ts'
import { SOURCES_ROW } from './sources-row.ts'
import { STORES_ROW } from './stores-row.ts'

const STAGE = 'freshet_stage_duration_seconds'

const STAGES: Row = {
  title: 'Stages of a change',
  panels: [
    {
      title: 'Changes by stage',
      description: 'The times of changes in the stages that are chosen above.',
      kind: 'heatmap',
      unit: 's',
      width: 12,
      queries: buckets(STAGE, 'stage=~"$stage"'),
    },
    {
      title: 'Time in a stage',
      description: 'The same as quantiles. source includes the skew of the clock of the source.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: quantiles(STAGE, 'stage=~"$stage"'),
    },
    {
      title: 'Events by outcome',
      description:
        'The outcomes of change events. unmapped and quarantined need an operator; duplicate and late do not.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (outcome) (increase(freshet_events_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Changes without an outcome',
      description: 'Changes whose outcome is unknown 15 min after their append.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum(increase(freshet_changes_unfinished_total[$__rate_interval]))',
          legend: 'without an end',
        },
        { expr: 'sum(increase(freshet_changes_checked_total[$__rate_interval]))', legend: 'all' },
      ],
    },
    {
      title: 'Tokens marked stale',
      description: 'Outstanding tokens that changes marked stale, by class.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (class) (increase(freshet_tokens_stale_total[$__rate_interval]))',
          legend: '{{class}}',
        },
      ],
    },
  ],
}

const BACKLOG: Row = {
  title: 'Backlog',
  panels: [
    {
      title: 'Lag',
      description:
        'The age of the oldest record that a partition has not applied. An idle topic has no lag.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: 'max by (topic, partition) (freshet_consumer_time_lag_seconds)',
          legend: '{{topic}} {{partition}}',
        },
      ],
      colors: redFrom(5),
    },
    {
      title: 'Quarantine',
      description: 'Quarantined records that wait for an operator, by reason (docs/errors.md).',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'max by (topic, reason) (freshet_quarantine_records)',
          legend: '{{topic}} {{reason}}',
        },
      ],
      colors: redFrom(1),
    },
    {
      title: 'Claims in doubt',
      description:
        'Claims of subjects that the authority does not mint, because a record about them is unreadable or their account was deleted.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'max(freshet_doubts)', legend: 'claims' }],
    },
    {
      title: 'Outbox',
      description: 'The wait of the oldest row that is recorded and not published.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [{ expr: 'max(freshet_outbox_oldest_age_seconds)', legend: 'oldest row' }],
      colors: redFrom(10),
    },
    {
      title: 'Rows of the outbox',
      description: 'The number of rows that are recorded and not published.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'max(freshet_outbox_pending)', legend: 'rows' }],
    },
    {
      title: 'Paused partitions',
      description:
        'Partitions that the reconciler cannot record: 1 while it tries the same record again.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'min by (partition) (freshet_recording_paused)', legend: '{{partition}}' }],
      colors: redFrom(1),
    },
  ],
}

/** The way of a change, and the processes that it goes through. */
export function pipelineBoard(promises: Promises): Board {
  return {
    name: 'pipeline',
    title: 'Pipeline',
    description:
      'From the commit at a source to the revocation topic: the latency of each stage, and the backlog.',
    variables: [{ name: 'stage', label: 'Stage', query: `label_values(${STAGE}_count, stage)` }],
    rows: [freshRow(promises), BACKLOG, SOURCES_ROW, STAGES, MINTS_ROW, STORES_ROW, PROCESSES_ROW],
  }
}
