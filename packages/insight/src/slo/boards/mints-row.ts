import type { Row } from './board.ts'

const ROUTE = 'http_route="/oauth/token"'

/** New tokens: how fast the authority mints them, and why it refuses. */
export const MINTS_ROW: Row = {
  title: 'Tokens',
  panels: [
    {
      title: 'Time of a mint',
      description: 'The time from a token request to its answer, as quantiles.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [0.5, 0.99].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (rate(http_server_request_duration_seconds_bucket{${ROUTE}}[$__rate_interval])))`,
        legend: `p${share * 100}`,
      })),
    },
    {
      title: 'Token requests',
      description: 'Token requests a second by the decision of the load shedder.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: 'sum by (outcome) (rate(freshet_token_requests_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Token requests in progress',
      description:
        'Token requests that are admitted and not answered, and their limit. It falls while some are refused.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        { expr: 'sum(freshet_token_requests_inside)', legend: 'in progress' },
        { expr: 'sum(freshet_token_requests_inside_limit)', legend: 'limit' },
      ],
    },
    {
      title: 'Refused mints',
      description: 'Token requests that were refused, by the error code (docs/errors.md).',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: 'sum by (code) (rate(freshet_mint_refusals_total[$__rate_interval]))',
          legend: '{{code}}',
        },
      ],
    },
    {
      title: 'Refused by a limit',
      description: 'Requests beyond the limit of a client or of a tenant.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          expr: 'sum by (request, limit) (rate(freshet_client_limit_refusals_total[$__rate_interval]))',
          legend: '{{request}}, limit of the {{limit}}',
        },
      ],
    },
    {
      title: 'Outstanding tokens',
      description:
        'Tokens that have not expired and are not stale. Each counts in every class that it carries.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'max by (class) (freshet_tokens_outstanding)', legend: '{{class}}' }],
    },
  ],
}
