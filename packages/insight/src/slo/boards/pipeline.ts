import { buckets, quantiles, redFrom, type Board, type Panel } from './board.ts'

const STAGE = 'freshet_stage_duration_seconds'

/** The way of a change, and the processes that it goes through. */
export const PIPELINE: Board = {
  name: 'pipeline',
  title: 'Pipeline',
  description:
    'From the commit at a source to the revocation topic: the latency of each stage, and the backlog.',
  variables: [{ name: 'stage', label: 'Stage', query: `label_values(${STAGE}_count, stage)` }],
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
      width: 12,
      queries: [
        {
          expr: 'sum by (outcome) (increase(freshet_events_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Lag',
      description:
        'The age of the oldest record that a partition has not applied. An idle topic has no lag.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: 'max by (topic, partition) (freshet_consumer_time_lag_seconds)',
          legend: '{{topic}} {{partition}}',
        },
      ],
      colors: redFrom(5),
    },
    {
      title: 'Outbox',
      description: 'Rows that are recorded and not published, and the age of the oldest.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        { expr: 'max(freshet_outbox_pending)', legend: 'rows' },
        { expr: 'max(freshet_outbox_oldest_age_seconds)', legend: 'oldest, in seconds' },
      ],
      colors: redFrom(10),
    },
    {
      title: 'Quarantine',
      description: 'Quarantined records that wait for an operator, by reason (docs/errors.md).',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'max by (topic, reason) (freshet_quarantine_records)',
          legend: '{{topic}} {{reason}}',
        },
      ],
      colors: redFrom(1),
    },
    {
      title: 'Silence of sources',
      description:
        'The silence of each source as a share of its lease. From 1 on its claims are unverified everywhere.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: 'max by (source) (freshet_source_silence_seconds) / max by (source) (freshet_source_lease_seconds)',
          legend: '{{source}}',
        },
      ],
      colors: redFrom(0.5),
    },
    {
      title: 'Clock skew',
      description: 'The difference between the clock of each source and that of the broker.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [{ expr: 'max by (source) (freshet_clock_skew_seconds)', legend: '{{source}}' }],
      colors: redFrom(0.5),
    },
    {
      title: 'Changes without an outcome',
      description: 'Changes whose outcome is unknown 15 min after their append.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
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
      width: 12,
      queries: [
        {
          expr: 'sum by (class) (increase(freshet_tokens_stale_total[$__rate_interval]))',
          legend: '{{class}}',
        },
      ],
    },
    ...processPanels(),
  ],
}

function processPanels(): readonly Panel[] {
  return [
    {
      title: 'Answers',
      description: 'p99 of HTTP answers, by service and route.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, job, http_route) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))',
          legend: '{{job}} {{http_route}}',
        },
      ],
    },
    refusedPanel(),
    instancesPanel(),
    {
      title: 'Event loop and garbage',
      description:
        "The delay of a process's event loop, and the share of its time in garbage collection.",
      kind: 'timeseries',
      unit: 's',
      width: 6,
      queries: [
        { expr: 'max by (job) (nodejs_eventloop_lag_p99_seconds)', legend: '{{job}} loop p99' },
        {
          expr: 'sum by (job) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))',
          legend: '{{job}} garbage',
        },
      ],
    },
    {
      title: 'Memory',
      description: 'Resident memory of each process.',
      kind: 'timeseries',
      unit: 'bytes',
      width: 6,
      queries: [
        { expr: 'max by (job, instance) (process_resident_memory_bytes)', legend: '{{job}}' },
      ],
    },
  ]
}

function refusedPanel(): Panel {
  return {
    title: 'Refused before a route',
    description:
      'Connections that a bound closed, and admin tokens that were wrong or came after too many wrong ones.',
    kind: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: 'sum by (reason) (rate(freshet_connections_refused_total[5m]))',
        legend: 'connections a second: {{reason}}',
      },
      {
        expr: 'sum by (reason) (rate(freshet_admin_tokens_refused_total[5m]))',
        legend: 'admin tokens a second: {{reason}}',
      },
    ],
  }
}

function instancesPanel(): Panel {
  return {
    title: 'Instances that answer',
    description: 'The instances of each service that answer Prometheus, by its scrapes.',
    kind: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [{ expr: 'sum by (job) (up{job=~"(.+-)?freshet(-.+)?-.+"})', legend: '{{job}}' }],
  }
}
