import { FreshetError, lackingValues, type BreakGlassGrant, type Verdict } from '@freshet/protocol'
import type { RequestFacts } from '@freshet/wire'
import type { ProofOfPossession } from '../proof/proof-of-possession.ts'
import type { SenderProof } from '../proof/sender-proof.ts'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import type { TokenJudge } from '../token/judge-token.ts'
import { usesOf } from '../token/judge-uses.ts'
import type { VerifiedToken } from '../token/token-claims.ts'
import * as outcomes from './decision.ts'
import type { Decision, DecisionOutcome } from './decision.ts'
import { checkPolicy } from './check-policy.ts'
import { observationOf, observed } from './observe.ts'
import { isHighRisk, type RoutePolicy } from './route-policy.ts'
import type { AskValidator } from './ask-validator.ts'
import { askAuthority, type ToValidate } from './validate-claims.ts'

/** A request's token and what its route needs. */
export interface RouteQuestion extends RoutePolicy {
  readonly token: string | undefined
  /** The facts of the request that the policies of the route read. */
  readonly facts?: RequestFacts
  /** The request's proof of its sender, for bound tokens: `senderProof(request)`. */
  readonly proof?: SenderProof
}

/** The parts that deciding works with. */
export interface DecideContext {
  readonly knowledge: EdgeKnowledge
  readonly judge: TokenJudge
  /** @throws `token.invalid`, `token.unproven`, `proof.*`, `limit.reached`, `keys.unavailable` */
  readonly accept: (question: RouteQuestion & { readonly token: string }) => Promise<VerifiedToken>
  readonly proofs: readonly ProofOfPossession[]
  readonly ask: AskValidator | undefined
  /** The edge's own, of questions that name none. */
  readonly audience: string
  readonly viewAgeMs: (verified?: VerifiedToken) => number | null
}

const NOT_VALIDATED: Verdict = { kind: 'unverified', source: 'freshet' }
const UNVERIFIED = 'The claims of this token cannot be verified now.'

type Verdicts = Map<string, Verdict>

/** The verdicts after the authority was asked, and why they refuse the request, if they do. */
interface Validation {
  readonly verdicts: Verdicts
  /** The detail of an answer that refuses unverified claims. */
  readonly detail: string
  /** The authority judged some of them. */
  readonly isValidated: boolean
  /** The authority does not know the token, or refuses the route. */
  readonly refusal?: DecisionOutcome | undefined
}

/**
 * Decides a request. It refuses a stale token first, whatever else holds, then one that lacks a value, then
 * one that is unverified. A route that is observed refuses none of these.
 *
 * @throws `config.invalid` where the route requires a descriptive claim, or cannot be observed
 */
export async function decide(question: RouteQuestion, context: DecideContext): Promise<Decision> {
  const decision = await decideRequest(question, context)
  return withProofs(decision, context.proofs, context.judge.clock.nowMs())
}

async function decideRequest(question: RouteQuestion, context: DecideContext): Promise<Decision> {
  checkPolicy(question, context.knowledge.map)
  const { token } = question
  const refused = (outcome: DecisionOutcome): Decision => ({
    ...outcome,
    verdicts: new Map(),
    stripped: [],
    viewAgeMs: context.viewAgeMs(),
  })
  if (token === undefined || token === '') return refused(outcomes.NO_TOKEN)
  try {
    const verified = await context.accept({ ...question, token })
    return await decideVerified(question, verified, context)
  } catch (error) {
    const outcome = error instanceof FreshetError ? outcomes.notAccepted(error) : undefined
    if (outcome === undefined) throw error
    return refused(outcome)
  }
}

async function decideVerified(
  question: RouteQuestion,
  verified: VerifiedToken,
  context: DecideContext,
): Promise<Decision> {
  const { require } = question
  const named = require === undefined ? undefined : Object.keys(require)
  const claims = usesOf(verified, named, context.judge, question.ignores)
  const judged = judgeAll(claims, verified, context)
  const { outcome, verdicts, stripped } = await settle(question, verified, judged, context)
  const viewAgeMs = context.viewAgeMs(verified)
  const decision = { ...outcome, verdicts, stripped, claims: verified, viewAgeMs }
  return isObserved(question, context) ? observed(decision) : decision
}

/** A clock that is behind would observe for too long: no source has sent a time in the future. */
function isObserved(question: RouteQuestion, { judge, knowledge }: DecideContext): boolean {
  const untilMs = observationOf(question)
  if (untilMs === undefined) return false
  return Math.max(judge.clock.nowMs(), knowledge.lastHeartbeatMs) < untilMs
}

type Settled = Pick<Decision, 'verdicts' | 'stripped'> & { readonly outcome: DecisionOutcome }

async function settle(
  question: RouteQuestion,
  verified: VerifiedToken,
  judged: Verdicts,
  context: DecideContext,
): Promise<Settled> {
  const early = refusalOfStale(judged, verified, context) ?? refusalOfMissing(question, verified)
  if (early) return { outcome: early, verdicts: judged, stripped: [] }
  const validation = await validate(question, verified, judged, context)
  const { verdicts, detail, isValidated } = validation
  const late = refusalOfStale(verdicts, verified, context) ?? validation.refusal
  if (late) return { outcome: late, verdicts, stripped: [] }
  const open = [...verdicts].flatMap(([claim, { kind }]) => (kind === 'unverified' ? claim : []))
  const stripped = open.filter((claim) => isStrippable(claim, question, verified, context))
  const closed = open.filter((claim) => !stripped.includes(claim))
  const grants = closed.flatMap((claim) => grantOf(claim, question, verified, context) ?? [])
  if (grants.length < closed.length)
    return { outcome: outcomes.unverified(detail), verdicts, stripped: [] }
  return { outcome: outcomes.allowed(isValidated, grants), verdicts, stripped }
}

function judgeAll(
  claims: readonly string[],
  verified: VerifiedToken,
  { judge }: DecideContext,
): Verdicts {
  return new Map(claims.map((claim) => [claim, judge.judgeClaim(verified, claim)]))
}

/** A cut-off of the holder is reported before an outdated claim. */
function refusalOfStale(
  verdicts: Verdicts,
  { payload }: VerifiedToken,
  { judge }: DecideContext,
): DecisionOutcome | undefined {
  const all = [...verdicts.values()].filter((verdict) => verdict.kind === 'stale')
  const stale = all.find(outcomes.isRevoked) ?? all[0]
  return stale && outcomes.stale(stale, payload, judge.clock.nowMs())
}

function refusalOfMissing(
  { require = {} }: RouteQuestion,
  { token, payload }: VerifiedToken,
): DecisionOutcome | undefined {
  const missing = lackingValues(Object.entries(require), token)
  return missing.length === 0 ? undefined : outcomes.insufficient(missing, payload)
}

/** Rule 40: only claims that are not stale are asked about, and they are judged again after. */
async function validate(
  question: RouteQuestion,
  verified: VerifiedToken,
  judged: Verdicts,
  context: DecideContext,
): Promise<Validation> {
  const { knowledge } = context
  const isHigh = isHighRisk(question)
  const needsValidation = ([claim, verdict]: readonly [string, Verdict]): boolean =>
    isHigh ||
    (verdict.kind === 'unverified' && knowledge.map?.claims.get(claim)?.onUnverified === 'validate')
  const claims = [...judged].filter(needsValidation).map(([claim]) => claim)
  if (claims.length === 0) return { verdicts: judged, detail: UNVERIFIED, isValidated: false }
  const { audience = context.audience, ignores } = question
  const about = {
    ...(isHigh && aboutRoute(question)),
    ...(ignores && { ignores }),
    ...requiredOf(question, verified, claims),
  }
  const answers = await askAuthority({ verified, audience, claims, about }, context)
  const verdicts = judgeAll([...judged.keys()], verified, context)
  const { why: detail = UNVERIFIED, isUnknown, refused } = answers
  // The route refused the request, so these verdicts are not reported: the edge's own verdicts stand.
  if (refused !== undefined) {
    const refusal = isUnknown
      ? outcomes.UNKNOWN
      : outcomes.refusedByRoute(refused, verified.payload)
    return { verdicts, detail, isValidated: true, refusal }
  }
  // Policies can read claims that the request did not name: a new token can be needed for one of them.
  for (const [claim, verdict] of answers.verdicts)
    if (!verdicts.has(claim)) verdicts.set(claim, verdict)
  for (const claim of claims) {
    const own = verdicts.get(claim)
    if (own?.kind === 'stale') continue
    // Without an answer the silent source stays named; what was fresh here lacks the authority.
    const basis = own?.basis === undefined ? {} : { basis: own.basis }
    const unanswered = own?.kind === 'unverified' ? own : { ...NOT_VALIDATED, ...basis }
    verdicts.set(claim, answers.verdicts.get(claim) ?? unanswered)
  }
  return { verdicts, detail, isValidated: true, refusal: isUnknown ? outcomes.UNKNOWN : undefined }
}

function aboutRoute({ route, facts }: RouteQuestion): ToValidate['about'] {
  return {
    risk: 'high',
    ...(route === undefined ? {} : { route }),
    ...(facts === undefined ? {} : { facts }),
  }
}

/**
 * A break-glass grant covers an unverified claim. It never counts if the authority must decide (S19), nor for
 * a claim that the token leaves out: it is unknown whether its holder ever had the value.
 */
function grantOf(
  claim: string,
  question: RouteQuestion,
  { token }: VerifiedToken,
  context: DecideContext,
): BreakGlassGrant | undefined {
  const { name: route, audience } = question
  if (route === undefined || isHighRisk(question) || token.omitted?.has(claim)) return undefined
  const { tenant } = token
  return context.knowledge.grant({
    tenant,
    audience: audience ?? context.audience,
    route,
    claim,
  })
}

/** For claims that the token leaves out, the authority must answer whether their values are there. */
function requiredOf(
  { require = {} }: RouteQuestion,
  { token }: VerifiedToken,
  claims: readonly string[],
): Pick<ToValidate['about'], 'require'> {
  const entries = claims.flatMap((claim) => {
    const { [claim]: values = [] } = require
    return token.omitted?.has(claim) && values.length > 0 ? [[claim, values] as const] : []
  })
  return entries.length === 0 ? {} : { require: Object.fromEntries(entries) }
}

/**
 * Never a claim that a route requires, nor one whose absence would widen (rule 24), nor one that a scope
 * is derived from, which stays in the token.
 */
function isStrippable(
  claim: string,
  question: RouteQuestion,
  { token }: VerifiedToken,
  { knowledge: { map } }: DecideContext,
): boolean {
  const mapped = map?.claims.get(claim)
  return (
    question.require === undefined &&
    token.scopedBy?.includes(claim) !== true &&
    !isHighRisk(question) &&
    mapped?.onUnverified === 'strip' &&
    mapped.polarity === 'grant'
  )
}

/**
 * Adds what an edge with proof hooks offers to the challenge of a decision: the scheme DPoP with the
 * algorithms of proofs (RFC 9449 §7.1), and the nonce that the next proof must carry (§9).
 */
function withProofs(
  decision: Decision,
  hooks: readonly ProofOfPossession[],
  nowMs: number,
): Decision {
  const dpop = hooks.find(({ scheme }) => scheme === 'DPoP')
  const { wwwAuthenticate, code } = decision
  if (dpop === undefined || wwwAuthenticate === undefined) return decision
  const algs = `algs="${dpop.algs?.join(' ') ?? ''}"`
  const nonce = code === 'proof.nonce' ? dpop.nonce?.(nowMs) : undefined
  return {
    ...decision,
    wwwAuthenticate: offered(wwwAuthenticate, code, algs),
    ...(nonce === undefined ? {} : { dpopNonce: nonce }),
  }
}

function offered(challenge: string, code: Decision['code'], algs: string): string {
  if (challenge.startsWith('DPoP ')) return `${challenge}, ${algs}`
  if (code === 'token.missing') return `${challenge}, DPoP ${algs}`
  if (code !== 'token.unproven') return challenge
  return `${challenge}, ${challenge.replace('Bearer', 'DPoP')}, ${algs}`
}
