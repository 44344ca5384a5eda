import {
  decisionPointMetadata,
  evaluateAccess,
  NO_STORE,
  type EvaluateDependencies,
} from '@freshet/authority'
import { FreshetError, KEYS_CACHED_MS } from '@freshet/protocol'
import {
  decodeEvaluation,
  encodeEvaluationAnswer,
  evaluationSchema,
  type Evaluation,
} from '@freshet/wire'
import { answerProblem, readJsonBody, requireJson, type Attempts } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { attemptsFrom } from './client-attempts.ts'

/** Largest body of a question: a token, 64 names of claims and seven positions fit several times. */
export const EVALUATION_BYTES_MAX = 32_768

/** The time that a cache can keep the address of decisions. */
const CACHED = { 'cache-control': `public, max-age=${KEYS_CACHED_MS / 1_000}` }
/** The part of `X-Request-ID` that is echoed (AuthZEN 1.0 §10.1.3): a name, and nothing longer. */
const requestIdForm = /^[\x21-\x7e]{1,128}$/

/** The parts that the route answers from. */
export interface EvaluationParts {
  readonly issuer: string
  readonly attempts: Attempts
  /** Returns those of one request. */
  readonly dependencies: () => EvaluateDependencies
}

/**
 * Adds `POST /access/v1/evaluation` with its metadata (AuthZEN 1.0). A denial is 200 with
 * `decision: false`; what is no question, or not the client's to ask, is a problem (RFC 9457).
 */
export function addEvaluationRoute(
  app: Hono,
  { issuer, attempts, dependencies }: EvaluationParts,
): void {
  const metadata = decisionPointMetadata(issuer)
  app.get('/.well-known/authzen-configuration', (c) => c.json(metadata, 200, CACHED))
  app.post('/access/v1/evaluation', async (c) => {
    for (const [name, value] of Object.entries(NO_STORE)) c.header(name, value)
    const id = c.req.header('x-request-id')
    if (id !== undefined && requestIdForm.test(id)) c.header('x-request-id', id)
    try {
      const request = {
        authorization: c.req.header('authorization'),
        attempts: attemptsFrom(c, attempts),
        readEvaluation: () => readEvaluation(c),
      }
      const answer = await evaluateAccess(request, dependencies())
      return c.json(encodeEvaluationAnswer(answer))
    } catch (error) {
      if (!isUnauthenticated(error)) throw error
      c.header('www-authenticate', 'Basic realm="freshet"')
      return answerProblem(c, error)
    }
  })
}

async function readEvaluation(c: Context): Promise<Evaluation | undefined> {
  requireJson(c.req.header('content-type'))
  const body = new Uint8Array(await c.req.arrayBuffer())
  if (body.length > EVALUATION_BYTES_MAX) {
    const message = `An access evaluation has at most ${EVALUATION_BYTES_MAX} bytes.`
    throw new FreshetError('request.too-large', message)
  }
  return decodeEvaluation(readJsonBody(body, evaluationSchema, 'an access evaluation'))
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof FreshetError && error.code === 'request.unauthenticated'
}
