import { TOKEN_ITSELF, type KnownPosition, type Verdict } from '@freshet/domain'
import {
  EVALUATION_ACTION,
  EVALUATION_RESOURCE,
  evaluationAnswerSchema,
  POLICIES_NAMED_MAX,
  type WireEvaluation,
  type WireEvaluationAnswer,
} from './evaluation-schema.ts'
import { verdictJson, verdictOf, type VerdictJson } from './verdict-json.ts'

/** Facts of a request that policies read as `context`: JSON, of which numbers are whole. */
export type RequestFacts = Readonly<Record<string, unknown>>

/** May a subject use its token at an audience, as far as the asker knows (rule 40)? */
export interface Evaluation {
  /** The token's `sub`. */
  readonly subject: string
  readonly audience: string
  readonly token: string
  /** By default every authoritative claim of the token; `''` is the token itself. */
  readonly claims?: readonly string[]
  readonly positions: readonly KnownPosition[]
  /** The route that it is used for, as the registry writes it: then what that requires, and its policies, count too. */
  readonly route?: string
  readonly facts?: RequestFacts
  /** Values that the subject must have, by claim: of a claim that the token leaves out, now. */
  readonly require?: Readonly<Record<string, readonly string[]>>
  /** The request needs this answer whatever the asker knows by itself. */
  readonly risk?: 'high'
}

/** Why the decision is negative, where verdicts do not tell it. */
const EVALUATION_CODES = [
  'token.missing',
  'token.invalid',
  'token.insufficient',
  'policy.denied',
  'policy.context',
  'policy.unnamed',
  'policy.failed',
  'policy.late',
] as const

/** Why the decision is negative, where verdicts do not tell it. */
export type EvaluationCode = (typeof EVALUATION_CODES)[number]

/** What was decided, and by which verdicts. */
export interface EvaluationAnswer {
  /** Whether every claim used is fresh, and the route, where one was named, allows the request. */
  readonly decision: boolean
  /** Which token was judged; absent where nothing may be told of it. */
  readonly judged?: { readonly tenant: string; readonly jti: string }
  readonly code?: EvaluationCode
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Claims that the token leaves out, and of which the subject has now what is required. */
  readonly held?: readonly string[]
  /** The policies that decided, by file and line, or by their `@id`. */
  readonly policies?: readonly string[]
}

/** The question as a body. An empty list of claims asks about the token itself. */
export function encodeEvaluation(evaluation: Evaluation): WireEvaluation {
  const { subject, audience, token, claims, positions, route, facts, risk, require } = evaluation
  const properties = { ...(risk && { risk }), ...(require && { require }) }
  return {
    subject: { type: 'user', id: subject },
    action: {
      name: route ?? EVALUATION_ACTION,
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
    },
    resource: { type: EVALUATION_RESOURCE, id: audience },
    context: {
      ...facts,
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

/** What a body asks; `undefined` where it is about something else than an audience. */
export function decodeEvaluation(wire: WireEvaluation): Evaluation | undefined {
  const { subject, action, resource, context = {} } = wire
  if (resource.type !== EVALUATION_RESOURCE) return undefined
  const { token = '', claims, positions = [], ...facts } = context
  const isRoute = action.name !== EVALUATION_ACTION
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
    ...(isRoute ? { route: action.name, facts } : {}),
    ...(action.properties?.require === undefined ? {} : { require: action.properties.require }),
    ...(action.properties?.risk === 'high' ? { risk: 'high' } : {}),
  }
}

/** The body of an answer. */
export function encodeEvaluationAnswer(answer: EvaluationAnswer): WireEvaluationAnswer {
  const { decision, judged, code, verdicts, held = [], policies = [] } = answer
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
      ...(held.length === 0 ? {} : { held }),
      ...(policies.length === 0 ? {} : { policies: policies.slice(0, POLICIES_NAMED_MAX) }),
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
  const { jti, tenant, claims = {}, token, code, held, policies } = context
  const named = Object.entries(claims).map(([claim, each]) => [claim, verdictOf(each)] as const)
  const all = token === undefined ? named : [...named, [TOKEN_ITSELF, verdictOf(token)] as const]
  const isJudged = jti !== undefined && tenant !== undefined
  return {
    decision,
    ...(isJudged ? { judged: { tenant, jti } } : {}),
    ...(isCode(code) ? { code } : {}),
    verdicts: new Map(all.filter(([, { kind }]) => decision || kind !== 'fresh')),
    ...(held === undefined || !decision ? {} : { held }),
    ...(policies === undefined ? {} : { policies }),
  }
}

function isCode(code: string | undefined): code is EvaluationCode {
  return EVALUATION_CODES.some((known) => known === code)
}
