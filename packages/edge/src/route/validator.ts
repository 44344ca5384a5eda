import type { KnownPosition, Verdict } from '@freshet/protocol'
import type { EvaluationCode, RequestFacts } from '@freshet/wire'

export type { KnownPosition } from '@freshet/protocol'

/** The question of an edge to the authority at run time. */
export interface ValidationQuestion {
  /** The access token itself, and its `sub`. */
  readonly token: string
  readonly subject: string
  /** The tenant of the token: the authority answers a client of that tenant alone. */
  readonly tenant?: string
  /** The resource server that the route belongs to. */
  readonly audience: string
  /** `''` is the token itself. */
  readonly claims: readonly string[]
  /**
   * The edge's positions in the partitions that judge this token. An authority that has not read
   * as far must not vouch: it knows less than who asks (rule 40).
   */
  readonly positions: readonly KnownPosition[]
  /** The route whose requirements and policies count too, as the registry writes it. */
  readonly route?: string
  readonly facts?: RequestFacts
  /** The values that the subject must have now, of claims that the token leaves out. */
  readonly require?: Readonly<Record<string, readonly string[]>>
  /** Restricting claims of the audience that do not bind the request. */
  readonly ignores?: readonly string[]
  /** The request needs this answer whatever the edge knows. */
  readonly risk?: 'high'
}

/** Why an authority that judged a token refuses the request all the same. */
export type RefusedCode = Exclude<EvaluationCode, 'token.missing' | 'token.invalid'>

/** The authority's answer about a token. */
export interface ValidationAnswer {
  /** The judged token; an answer about another one counts for nothing. */
  readonly tenant: string
  readonly jti: string
  /** Without: the authority does not know the token, so that only a new one will do. */
  readonly isKnown: boolean
  /** A claim that it leaves out stays unverified. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Claims that the token leaves out, and of which its subject has now what is required. */
  readonly held?: readonly string[]
  /** The route refuses the request: whatever is fresh, it is denied. */
  readonly refused?: RefusedCode
}

/**
 * The authority's judgement at this moment. An answer serves one request: it is neither shared nor
 * kept, because a loss that is recorded while one waits concerns the next one. The signal aborts
 * when the deadline passed.
 */
export interface Validator {
  validate(question: ValidationQuestion, signal: AbortSignal): Promise<ValidationAnswer>
}
