import { bucketsOf, quantileOf, sampleOf, type Buckets } from '../measure/prometheus-histogram.ts'
import type { BenchStack } from './bench-stack.ts'

const MS_PER_S = 1_000

/** What the authority's metrics say of its token requests since it started. */
interface Reading {
  /** Seconds from a request to its token. */
  readonly times: Buckets
  readonly cpuS: number
  readonly refused: number
}

/** What it did meanwhile. */
export interface AuthorityLoad {
  /** From a request, as it arrived, to its token. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMs: number
  readonly refused: number
}

/** Does `work`, and tells what the authority did meanwhile. */
export async function authorityLoad<T>(
  stack: BenchStack,
  work: () => Promise<T>,
): Promise<readonly [T, AuthorityLoad]> {
  const before = await look(stack)
  const done = await work()
  const after = await look(stack)
  const atMs = (share: number): number => quantileOf(share, before.times, after.times) * MS_PER_S
  const load = {
    p50Ms: atMs(0.5),
    p99Ms: atMs(0.99),
    cpuMs: (after.cpuS - before.cpuS) * MS_PER_S,
    refused: after.refused - before.refused,
  }
  return [done, load]
}

async function look({ at }: BenchStack): Promise<Reading> {
  const answer = await fetch(`${at.authority}/metrics`)
  const text = await answer.text()
  return {
    times: bucketsOf(text, 'http_server_request_duration_seconds', {
      http_route: '/oauth/token',
      http_response_status_code: '200',
    }),
    cpuS: sampleOf(text, 'process_cpu_seconds_total'),
    refused: sampleOf(text, 'freshet_token_requests_total{outcome="refused"}'),
  }
}
