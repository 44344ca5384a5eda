import { CONTROL_PARTITION, partitionOf, type JudgedToken, type Verdict } from '@freshet/protocol'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import type { VerifiedToken } from '../token/token-claims.ts'
import type { ValidatorOutcome, AskValidator } from './ask-validator.ts'
import type {
  KnownPosition,
  RefusedCode,
  ValidationAnswer,
  ValidationQuestion,
} from './validator.ts'

/** The parts that validating works with. */
export interface ValidateContext {
  readonly knowledge: EdgeKnowledge
  readonly ask: AskValidator | undefined
}

/** Which claims of a request the authority must judge, and where they are used. */
export interface ToValidate {
  readonly verified: VerifiedToken
  readonly audience: string
  readonly claims: readonly string[]
  /** The further inputs of the authority's decision. */
  readonly about: Pick<ValidationQuestion, 'route' | 'facts' | 'risk' | 'require' | 'ignores'>
}

/** The result of validating. */
export interface Validated {
  /** Verdicts of the authority; a claim that it did not answer is not there. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** True if the authority answered that it does not know the token. */
  readonly isUnknown: boolean
  readonly refused?: RefusedCode
  /** The reason of a missing answer, for the people of the service. */
  readonly why?: string
}

const NOTHING: ReadonlyMap<string, Verdict> = new Map()

const NO_AUTHORITY =
  'high-risk routes and claims of the policy validate need run-time validation, and this edge has no authority'

/** It judges by its own positions, which such a token has none of. */
const FOREIGN = 'a token of another issuer is judged by time, so the authority cannot validate it'

/** Asks the authority, once and for this request alone (rule 40). */
export async function askAuthority(
  { verified, audience, claims, about }: ToValidate,
  { knowledge, ask }: ValidateContext,
): Promise<Validated> {
  const { token, text } = verified
  if (token.byTime !== undefined) return silent(FOREIGN)
  const positions = positionsFor(token, knowledge)
  const subject = token.parties[0].subject.sub
  const { tenant } = token
  const outcome = await ask?.({
    token: text,
    subject,
    tenant,
    audience,
    claims,
    positions,
    ...about,
  })
  return outcome === undefined ? silent(NO_AUTHORITY) : believed(outcome, token)
}

function believed(outcome: ValidatorOutcome, token: JudgedToken): Validated {
  if (outcome.kind === 'unanswered') return silent(outcome.why)
  const { answer } = outcome
  if (!isAbout(answer, token)) return silent('The authority answered about another token.')
  const { verdicts, isKnown, refused } = answer
  return {
    verdicts: new Map([...verdicts].filter((entry) => isAnswer(entry, answer, token))),
    isUnknown: !isKnown,
    ...(refused === undefined ? {} : { refused }),
  }
}

/**
 * For a claim that the token leaves out, `fresh` is an answer only if the authority also names the claim as
 * held: an older authority names none.
 */
function isAnswer(
  [claim, { kind }]: readonly [string, Verdict],
  { held = [] }: ValidationAnswer,
  { omitted }: JudgedToken,
): boolean {
  return kind !== 'fresh' || omitted?.has(claim) !== true || held.includes(claim)
}

function isAbout(answer: ValidationAnswer, { tenant, jti }: JudgedToken): boolean {
  return answer.tenant === tenant && answer.jti === jti
}

function silent(why: string): Validated {
  return { verdicts: NOTHING, isUnknown: false, why }
}

/** The edge's positions in the partitions by which a token is judged. */
function positionsFor(token: JudgedToken, knowledge: EdgeKnowledge): readonly KnownPosition[] {
  const own = token.parties.map(({ subject }) => partitionOf(subject))
  return [...new Set([...own, CONTROL_PARTITION])].flatMap((partition) => {
    const view = knowledge.view(partition)
    return view === undefined ? [] : { partition, e: view.e, offset: view.nextOffset }
  })
}
