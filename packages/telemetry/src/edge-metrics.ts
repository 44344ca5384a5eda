import { Counter, Gauge } from 'prom-client'
import { seconds } from './buckets.ts'
import {
  bounded,
  EDGES_MAX,
  type DecisionReason,
  type DecisionResult,
  type EdgeState,
} from './labels.ts'
import type { Metrics } from './metrics.ts'

/** What happens at an edge. */
export interface EdgeMetrics {
  /** A request was answered. Cheap enough for every request. */
  decided(result: DecisionResult, reason: DecisionReason): void
  /** A route that is only observed let a request in: what it would have answered, and why. */
  observed(would: DecisionResult, reason: DecisionReason): void
  /** How long ago the last heartbeat with a path was received. Replaces the edge's former state. */
  viewAgeSeen(edge: string, state: EdgeState, ageMs: number): void
}

const STATES: readonly EdgeState[] = ['starting', 'live', 'silent']

/** Registers them. Call once per `Metrics`. */
export function edgeMetrics({ registry }: Metrics): EdgeMetrics {
  const decisions = new Counter({
    name: 'freshet_decisions_total',
    help: 'Answers to requests, with the reason.',
    labelNames: ['result', 'reason'],
    registers: [registry],
  })
  const observed = new Counter({
    name: 'freshet_observed_total',
    help: 'Requests to observed routes, by what they would have been told.',
    labelNames: ['would', 'reason'],
    registers: [registry],
  })
  const age = new Gauge({
    name: 'freshet_edge_view_age_seconds',
    help: 'Age of the last heartbeat with a path, by the receipt at the edge.',
    labelNames: ['edge', 'state'],
    registers: [registry],
  })
  const boundedEdge = bounded(EDGES_MAX)
  return {
    decided: (result, reason) => decisions.inc({ result, reason }),
    observed: (would, reason) => observed.inc({ would, reason }),
    viewAgeSeen: (edge, state, ageMs) => {
      const label = boundedEdge(edge)
      for (const other of STATES) if (other !== state) age.remove(label, other)
      age.set({ edge: label, state }, seconds(ageMs))
    },
  }
}
