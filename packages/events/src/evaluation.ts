import { TOKEN_ITSELF, type KnownPosition, type Verdict } from '@freshet/domain'
import {
  EVALUATION_ACTION,
  EVALUATION_RESOURCE,
  evaluationAnswerSchema,
  type WireEvaluation,
  type WireEvaluationAnswer,
} from './evaluation-schema.ts'
import { verdictJson, verdictOf, type VerdictJson } from './verdict-json.ts'

/** May a subject use claims of its token at an audience, as far as the asker knows (rule 40)? */
export interface Evaluation {
  /** The token's `sub`. */
  readonly subject: string
  readonly audience: string
  readonly token: string
  /** By default every authoritative claim of the token; `''` is the token itself. */
  readonly claims?: readonly string[]
  readonly positions: readonly KnownPosition[]
}

/** Why a token is not judged at all. */
export type EvaluationCode = 'token.missing' | 'token.invalid'

/** What was decided, and by which verdicts. */
export interface EvaluationAnswer {
  /** Whether every claim asked about is fresh. */
  readonly decision: boolean
  /** Which token was judged; absent where nothing may be told of it. */
  readonly judged?: { readonly tenant: string; readonly jti: string }
  readonly code?: EvaluationCode
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** The question as a body. An empty list of claims asks about the token itself. */
export function encodeEvaluation(evaluation: Evaluation): WireEvaluation {
  const { subject, audience, token, claims, positions } = evaluation
  return {
    subject: { type: 'user', id: subject },
    action: { name: EVALUATION_ACTION },
    resource: { type: EVALUATION_RESOURCE, id: audience },
    context: {
      token,
      ...(claims === undefined ? {} : { claims: claims.filter((each) => each !== TOKEN_ITSELF) }),
      positions: positions.map(({ partition, e, offset }) => ({
        partition,
        e: e.toString(),
        offset: offset.toString(),
      })),
    },
  }
}

/** What a body asks; `undefined` where it is another question than the one that is decided. */
export function decodeEvaluation(wire: WireEvaluation): Evaluation | undefined {
  const { subject, action, resource, context = {} } = wire
  if (action.name !== EVALUATION_ACTION || resource.type !== EVALUATION_RESOURCE) return undefined
  const { token = '', claims, positions = [] } = context
  return {
    subject: subject.id,
    audience: resource.id,
    token,
    ...(claims === undefined ? {} : { claims: claims.length === 0 ? [TOKEN_ITSELF] : claims }),
    positions: positions.map(({ partition, e, offset }) => ({
      partition,
      e: BigInt(e),
      offset: BigInt(offset),
    })),
  }
}

/** The body of an answer. */
export function encodeEvaluationAnswer(answer: EvaluationAnswer): WireEvaluationAnswer {
  const { decision, judged, code, verdicts } = answer
  const itself = verdicts.get(TOKEN_ITSELF)
  const named = [...verdicts].filter(([claim]) => claim !== TOKEN_ITSELF)
  const claims = Object.fromEntries(
    named.map(([claim, verdict]): readonly [string, VerdictJson] => [claim, verdictJson(verdict)]),
  )
  return {
    decision,
    context: {
      ...judged,
      ...(code === undefined ? {} : { code }),
      ...(named.length === 0 ? {} : { claims }),
      ...(itself === undefined ? {} : { token: verdictJson(itself) }),
    },
  }
}

/**
 * Reads an answer; `undefined` where it is none. A verdict `fresh` beside a negative decision says
 * nothing, and is left out.
 */
export function decodeEvaluationAnswer(json: unknown): EvaluationAnswer | undefined {
  const { data } = evaluationAnswerSchema.safeParse(json)
  if (!data) return undefined
  const { decision, context = {} } = data
  const { jti, tenant, claims = {}, token, code } = context
  const named = Object.entries(claims).map(([claim, each]) => [claim, verdictOf(each)] as const)
  const all = token === undefined ? named : [...named, [TOKEN_ITSELF, verdictOf(token)] as const]
  const isJudged = jti !== undefined && tenant !== undefined
  return {
    decision,
    ...(isJudged ? { judged: { tenant, jti } } : {}),
    ...(isCode(code) ? { code } : {}),
    verdicts: new Map(all.filter(([, { kind }]) => decision || kind !== 'fresh')),
  }
}

function isCode(code: string | undefined): code is EvaluationCode {
  return code === 'token.missing' || code === 'token.invalid'
}
