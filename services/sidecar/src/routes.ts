import { FreshetError } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { requireJson } from '@freshet/runtime'
import type { EdgeMetrics, EdgeState } from '@freshet/telemetry'
import type { Hono } from 'hono'
import { answerOf } from './check-answer.ts'
import { readQuestion } from './check-question.ts'
import { countDecision, noteDecision } from './decision-reason.ts'
import { addOpenApi } from './openapi.ts'

/** The parts that the sidecar's routes answer from. */
export interface SidecarParts {
  readonly edge: Pick<Edge, 'decide'>
  readonly metrics: EdgeMetrics
}

/** Adds `POST /v1/check`, which answers 200 to every well-formed question, and the API's own page. */
export function addSidecarRoutes(app: Hono, { edge, metrics }: SidecarParts): void {
  app.post('/v1/check', async (c) => {
    requireJson(c.req.header('content-type'))
    const question = readQuestion(new Uint8Array(await c.req.arrayBuffer()))
    const decision = await edge.decide(question).catch(wrongQuestion)
    countDecision(metrics, decision)
    noteDecision(c, decision)
    c.header('cache-control', 'no-store')
    return c.json(answerOf(decision))
  })
  addOpenApi(app)
}

/** To require a descriptive claim, or to observe what cannot be, is the caller's mistake, not ours. */
function wrongQuestion(error: unknown): never {
  const isTheirs = error instanceof FreshetError && error.code === 'config.invalid'
  if (!isTheirs) throw error
  throw new FreshetError('request.malformed', error.message, { cause: error })
}

/** Sets the metrics of the state; an edge without any heartbeat has an infinite view age. */
export function showEdge(metrics: EdgeMetrics, { stats }: Pick<Edge, 'stats'>): void {
  const seen = stats()
  const { edge, state, viewAgeMs } = seen
  metrics.viewAgeSeen(edge, shown[state], viewAgeMs ?? Number.POSITIVE_INFINITY)
  metrics.tablesSeen(seen)
  metrics.unverifiedSeen(seen.unverified)
  metrics.foreignSeen(seen.foreignSubjects)
}

const shown: Readonly<Record<ReturnType<Edge['stats']>['state'], EdgeState>> = {
  starting: 'starting',
  live: 'live',
  lagging: 'live',
  unverified: 'silent',
  closing: 'silent',
}
