import { bucketsOf, quantileOf, sampleOf, type Buckets } from '../measure/prometheus-histogram.ts'
import type { BenchStack } from './bench-stack.ts'

const MS_PER_S = 1_000

/** A reading of the authority's metrics about its token requests since its start. */
interface Reading {
  /** Seconds from a request to its token. */
  readonly times: Buckets
  readonly cpuS: number
  readonly refused: number
}

/** The authority's work during a measurement. */
export interface AuthorityLoad {
  /** Time from the arrival of a request to its token. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMs: number
  readonly refused: number
}

/** Runs `work`, and returns the authority's work meanwhile. */
export async function authorityLoad<T>(
  stack: BenchStack,
  work: () => Promise<T>,
): Promise<readonly [T, AuthorityLoad]> {
  const before = await readMetrics(stack)
  const done = await work()
  const after = await readMetrics(stack)
  const atMs = (share: number): number => quantileOf(share, before.times, after.times) * MS_PER_S
  const load = {
    p50Ms: atMs(0.5),
    p99Ms: atMs(0.99),
    cpuMs: (after.cpuS - before.cpuS) * MS_PER_S,
    refused: after.refused - before.refused,
  }
  return [done, load]
}

async function readMetrics({ at }: BenchStack): Promise<Reading> {
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
