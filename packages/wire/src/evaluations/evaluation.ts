import { TOKEN_ITSELF, type KnownPosition, type Verdict } from '@freshet/protocol'
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

/**
 * Asks whether a subject can use its token at an audience, at the positions that the caller knows (rule 40).
 */
export interface Evaluation {
  /** The token's `sub`. */
  readonly subject: string
  readonly audience: string
  readonly token: string
  /** The claims to judge. Default: every authoritative claim of the token; `''` is the token itself. */
  readonly claims?: readonly string[]
  readonly positions: readonly KnownPosition[]
  /** The route of the request, as written in the registry: its required values and its policies count too. */
  readonly route?: string
  readonly facts?: RequestFacts
  /**
   * Values that the subject must have, by claim. For a claim that the token leaves out, they are compared
   * with the present state.
   */
  readonly require?: Readonly<Record<string, readonly string[]>>
  /** Restricting claims of the audience that do not bind this request. Default: all bind it. */
  readonly ignores?: readonly string[]
  /** The request needs this answer, whatever the caller knows by itself. */
  readonly risk?: 'high'
}

/** Reasons of a negative decision, beside those that verdicts give. */
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

/** The reason of a negative decision, if verdicts do not give it. */
export type EvaluationCode = (typeof EVALUATION_CODES)[number]

/** The decision, and the verdicts behind it. */
export interface EvaluationAnswer {
  /** True if every used claim is fresh, and the route, if one was named, allows the request. */
  readonly decision: boolean
  /** The token that was judged; absent if the answer must not reveal anything about it. */
  readonly judged?: { readonly tenant: string; readonly jti: string }
  readonly code?: EvaluationCode
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Claims that the token leaves out, for which the subject has the required values now. */
  readonly held?: readonly string[]
  /** The policies that decided, by file and line, or by their `@id`. */
  readonly policies?: readonly string[]
}

/** Encodes the request as a body. An empty list of claims asks about the token itself. */
export function encodeEvaluation(evaluation: Evaluation): WireEvaluation {
  const { subject, audience, token, claims, positions, route, facts } = evaluation
  const { risk, require, ignores } = evaluation
  const properties = {
    ...(risk && { risk }),
    ...(require && { require }),
    ...(ignores && { ignores }),
  }
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

/** Decodes a body. Returns `undefined` if it is about something other than an audience. */
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
    ...(action.properties?.ignores === undefined ? {} : { ignores: action.properties.ignores }),
    ...(action.properties?.risk === 'high' ? { risk: 'high' } : {}),
  }
}

/** Encodes an answer as a body. */
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
 * Reads an answer. Returns `undefined` if it is none. A verdict `fresh` beside a negative decision explains
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
