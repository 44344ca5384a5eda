import { redFrom, type Row } from './board.ts'

/** The silence of sources, and the faults in their changes. */
export const SOURCES_ROW: Row = {
  title: 'Sources',
  panels: [
    {
      title: 'Silence of sources',
      description:
        'The silence of each source as a share of its lease. From 1 on its claims are unverified everywhere.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: [
        {
          expr: 'max by (cluster, tenant, source) (freshet_source_silence_seconds) / on (cluster, source) group_left () max by (cluster, source) (freshet_source_lease_seconds)',
          legend: '{{source}} {{tenant}}',
        },
      ],
      colors: redFrom(0.5),
    },
    {
      title: 'Events by source',
      description: 'Change events a second of each source, of all outcomes.',
      kind: 'timeseries',
      unit: 'ops',
      width: 12,
      queries: [
        {
          expr: 'sum by (source) (rate(freshet_events_total[$__rate_interval]))',
          legend: '{{source}}',
        },
      ],
    },
    {
      title: 'Clock skew',
      description: 'The difference between the clock of each source and that of the broker.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [{ expr: 'max by (source) (freshet_clock_skew_seconds)', legend: '{{source}}' }],
      colors: redFrom(0.5),
    },
    {
      title: 'Missed changes',
      description: 'Changes that a source did not send and that its snapshots found, by kind.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (source, owner, kind) (increase(freshet_missed_changes_total[$__rate_interval]))',
          legend: '{{source}} of {{owner}}: {{kind}}',
        },
      ],
      colors: redFrom(1),
    },
    {
      title: 'Contradictions',
      description: 'Claims of subjects for which two sources began to state different values.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (claim, owner) (increase(freshet_contradictions_total[$__rate_interval]))',
          legend: '{{claim}} of {{owner}}',
        },
      ],
      colors: redFrom(1),
    },
  ],
}
