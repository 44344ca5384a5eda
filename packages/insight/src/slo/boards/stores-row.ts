import { redFrom, type Row } from './board.ts'

/** Kafka and Postgres as the services see them, and the keys by which the services sign. */
export const STORES_ROW: Row = {
  title: 'Stores and keys',
  panels: [
    {
      title: 'Postgres',
      description:
        'The time of one query by each service, with the wait for a connection. 1 s means no answer.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: 'max by (job) (freshet_store_round_trip_seconds{store="postgres"})',
          legend: '{{job}}',
        },
      ],
      colors: redFrom(0.5),
    },
    {
      title: 'Kafka',
      description:
        'The time in which each service connects to a broker and reads its metadata. 1 s means no answer.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: 'max by (job) (freshet_store_round_trip_seconds{store="kafka"})',
          legend: '{{job}}',
        },
      ],
      colors: redFrom(0.5),
    },
    {
      title: 'Stores without an answer',
      description: 'The instances of each service that got no answer of a store within 1 s.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'count by (job, store) (freshet_store_answers == 0)',
          legend: '{{job}}: {{store}}',
        },
      ],
      colors: redFrom(1),
      noValue: 'none',
    },
    {
      title: 'Connections to Postgres',
      description:
        'The connections in use by service, and the work that waits for one. Waiting work needs a larger pool or faster queries.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (job, state) (freshet_database_connections{state!="idle"})',
          legend: '{{job}} {{state}}',
        },
      ],
    },
    {
      title: 'Age of the signing keys',
      description:
        'The time since the key of each kind began to sign, by the instance with the oldest one. A rotation begins it anew (docs/keys.md).',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [{ expr: 'max by (set) (freshet_signing_key_age_seconds)', legend: '{{set}}' }],
    },
  ],
}
