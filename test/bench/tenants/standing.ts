import { cpus } from 'node:os'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { postgresWork } from '../stack/postgres-work.ts'
import type { TenantsEdges } from './edges.ts'
import type { TenantsEdgeLook } from './edge-process.ts'

/** The work of the parts of the stack until a moment. */
export interface Standing {
  readonly atMs: number
  /** Processor time, in seconds. */
  readonly gatewayS: number
  readonly reconcilerS: number
  /** The time for which all cores together were idle, in seconds. */
  readonly idleS: number
  readonly looks: readonly TenantsEdgeLook[]
  readonly rows: number
  readonly walBytes: number
}

/** Asks all parts. */
export async function standingOf(stack: BenchStack, edges: TenantsEdges): Promise<Standing> {
  const [gatewayS, reconcilerS, looks, work] = await Promise.all([
    processorSeconds(stack.at.gateway),
    processorSeconds(stack.at.reconciler),
    edges.look(),
    postgresWork(stack.database),
  ])
  const idleS = cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1_000
  const { rows, walBytes } = work
  return { atMs: performance.now(), gatewayS, reconcilerS, idleS, looks, rows, walBytes }
}

async function processorSeconds(service: string): Promise<number> {
  const answer = await fetch(new URL('/metrics', service))
  return sampleOf(await answer.text(), 'process_cpu_seconds_total')
}
