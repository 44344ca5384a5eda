import { Gauge } from 'prom-client'
import type { Metrics } from '../prometheus/metrics.ts'

/** The series of causes at most: findings are few, and the objects of a large fault are many. */
const CAUSES_MAX = 20
const STATES = ['fresh', 'degraded', 'not-fresh', 'unknown'] as const

/** The verdict that is shown. */
export interface ShownHealth {
  readonly state: (typeof STATES)[number]
  readonly causes: readonly { readonly finding: string; readonly object: string }[]
}

/** Registers the one verdict; `read` returns it at each scrape. Call once per `Metrics`. */
export function healthMetrics({ registry }: Metrics, read: () => ShownHealth): void {
  const registers = [registry]
  void new Gauge({
    name: 'freshet_health',
    help: 'The verdict of GET /v1/health: 1 for the present state, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      const { state: present } = read()
      for (const state of STATES) this.set({ state }, state === present ? 1 : 0)
    },
  })
  void new Gauge({
    name: 'freshet_health_cause',
    help: 'The root causes of GET /v1/health, 1 each; at most 20.',
    labelNames: ['cause', 'object'],
    registers,
    collect() {
      this.reset()
      for (const { finding: cause, object } of read().causes.slice(0, CAUSES_MAX))
        this.set({ cause, object }, 1)
    },
  })
}
