import type { Row } from './board.ts'

/** The processes behind everything else. */
export const PROCESSES_ROW: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Instances that answer',
      description: 'The instances of each service that answer Prometheus, by its scrapes.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'sum by (job) (up{job=~"(.+-)?freshet(-.+)?-.+"})', legend: '{{job}}' }],
    },
    {
      title: 'Answers',
      description: 'p99 of HTTP answers, by service and route.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, job, http_route) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))',
          legend: '{{job}} {{http_route}}',
        },
      ],
    },
    {
      title: 'Refused requests',
      description: 'Requests that were refused, by the error code (docs/errors.md).',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: 'sum by (code) (rate(freshet_request_refusals_total[$__rate_interval]))',
          legend: '{{code}}',
        },
      ],
    },
    {
      title: 'Refused before a route',
      description:
        'Connections that a bound closed, and admin tokens and client credentials that were wrong or came after too many wrong ones.',
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
        {
          expr: 'sum by (reason) (rate(freshet_client_credentials_refused_total[5m]))',
          legend: 'client credentials a second: {{reason}}',
        },
      ],
    },
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
        {
          expr: 'max by (job, instance) (process_resident_memory_bytes{job=~"(.+-)?freshet(-.+)?-.+"})',
          legend: '{{job}} {{instance}}',
        },
      ],
    },
  ],
}
