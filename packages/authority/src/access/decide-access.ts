import {
  claimMapOf,
  claimsMintedFor,
  claimsNow,
  decidingClaims,
  lackingValues,
  leftOutOf,
  namesStated,
  restrictionsOn,
  TOKEN_ITSELF,
  vouch,
  withClaimsNow,
  withRestrictions,
  withScopeClaims,
  withTokenItself,
  type ClaimsNow,
  type Clock,
  type JudgedToken,
  type Route,
  type Subject,
  type Verdict,
  FreshetError,
  type PartiesState,
  type Position,
} from '@freshet/protocol'
import type { Evaluation, EvaluationAnswer, EvaluationCode, RequestFacts } from '@freshet/wire'
import type { RecheckAnswer, RecheckQuery } from '../mint/mint-store.ts'
import type { LoadedRegistry } from '../mint/mint.ts'
import { activeMap } from '../tokens/judge-token.ts'
import { ledgerIdentityOf, type LedgerIdentity } from '../tokens/ledger-identity.ts'
import { isInForce, type OwnToken } from '../tokens/own-token.ts'
import { hasItsScopes } from '../tokens/scopes-of-token.ts'
import { knowledgeOf, recheckQueryOf } from '../tokens/token-knowledge.ts'
import type { PolicyEngine, PolicyQuestion } from './policy-engine.ts'

/** The parts of the process that deciding about a token of ours needs. */
export interface DecideDependencies {
  readonly validation: ValidationStore
  /** The policies of the version that is loaded. */
  readonly policies: PolicyEngine
  readonly clock: Clock
  readonly loaded: LoadedRegistry
  /** T_max. */
  readonly lifeMaxMs: number
}

/** The question, with the named route, if any. */
interface RoutedEvaluation extends Evaluation {
  readonly declared: Route | undefined
  /** Claims that policies of the route read. */
  readonly reads: readonly string[]
}

/** The content of one snapshot. */
interface Judged {
  /** The token; claims that it leaves out and the question needs have their current values. */
  readonly token: JudgedToken
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly now: ClaimsNow
}

/** A negative answer that rests on no verdict. */
export function denied(why: Pick<EvaluationAnswer, 'judged' | 'code'>): EvaluationAnswer {
  return { decision: false, ...why, verdicts: new Map() }
}

/**
 * Decides about a token of ours at this moment. The used claims must be fresh, and so must each claim that restricts
 * tokens for the audience, named or not. For a named route, the token
 * must carry what the route requires, and its policies must permit the request, by the current values of all
 * parties together and not by those of the token. Policies only refuse. For a claim that the token names as
 * left out, the current values decide if the route requires values of it; otherwise the claim stays
 * unverified.
 *
 * @throws `database.*`
 */
export async function decideAccess(
  own: OwnToken,
  evaluation: Evaluation,
  deps: DecideDependencies,
): Promise<EvaluationAnswer> {
  const { tenant, jti } = own.token
  const judged = { tenant, jti }
  const isUsable = isInForce(own, deps.clock.nowMs(), deps.lifeMaxMs)
  if (!isUsable || !hasItsScopes(own, deps.loaded.registry)) {
    return denied({ judged, code: 'token.invalid' })
  }
  const question = await withRoute(evaluation, deps)
  if (typeof question === 'string') return denied({ judged, code: question })
  return { judged, ...(await decideInForce(own, question, deps)) }
}

type Unnamed = Omit<EvaluationAnswer, 'judged'>

async function decideInForce(
  own: OwnToken,
  question: RoutedEvaluation,
  deps: DecideDependencies,
): Promise<Unnamed> {
  const judgement = await judgeNow(own, question, deps)
  if (judgement === undefined) return denied({ code: 'token.invalid' })
  const { token, verdicts, now } = judgement
  const isFresh = [...verdicts.values()].every(({ kind }) => kind === 'fresh')
  const { declared, audience, route, facts = {} } = question
  if (!isFresh) return { decision: false, verdicts }
  const required = requiredBy(question)
  if (lackingValues(required, token).length > 0) {
    return { decision: false, code: 'token.insufficient', verdicts }
  }
  const held = required.map(([claim]) => claim).filter((claim) => own.token.omitted?.has(claim))
  const allowed = { decision: true, verdicts, ...(held.length > 0 && { held: [...new Set(held)] }) }
  if (declared === undefined || route === undefined || declared.policies.length === 0)
    return allowed
  const [subject, ...actors] = subjectsOf(token)
  const outcome = await askPolicies(
    { audience, route, subject, actors, claims: readBy(question, now), facts },
    deps.policies,
  )
  return { ...allowed, ...outcome }
}

function subjectsOf({ parties }: JudgedToken): readonly [Subject, ...Subject[]] {
  const [first, ...actors] = parties
  return [first.subject, ...actors.map(({ subject }) => subject)]
}

function readBy({ reads }: RoutedEvaluation, { values }: ClaimsNow): ClaimsNow['values'] {
  return new Map([...values].filter(([claim]) => reads.includes(claim)))
}

/** The requirements of the named route, and the client that asks. */
function requiredBy({
  declared,
  require = {},
}: RoutedEvaluation): readonly (readonly [claim: string, values: readonly string[]])[] {
  return [...(declared?.require ?? []), ...Object.entries(require)]
}

/** The edge that enforces the route ignores what its own code or the declared route names. */
function ignoredBy({ declared, ignores = [] }: RoutedEvaluation): readonly string[] {
  return [...ignores, ...(declared?.ignores ?? [])]
}

/** Or why it cannot be answered. */
async function withRoute(
  evaluation: Evaluation,
  { loaded, policies }: DecideDependencies,
): Promise<RoutedEvaluation | EvaluationCode> {
  const { audience, route, risk } = evaluation
  const routes = loaded.registry.audiences.get(audience)?.routes
  if (route === undefined) {
    const isUnnamed = risk === 'high' && [...(routes?.values() ?? [])].some(hasPolicies)
    return isUnnamed ? 'policy.unnamed' : { ...evaluation, declared: undefined, reads: [] }
  }
  const declared = routes?.get(route)
  if (declared === undefined || !hasPolicies(declared))
    return { ...evaluation, declared, reads: [] }
  try {
    return { ...evaluation, declared, reads: await policies.reads({ audience, route }) }
  } catch (error) {
    return policyCodeOf(error)
  }
}

function hasPolicies({ policies }: Route): boolean {
  return policies.length > 0
}

/** Judges the token by one snapshot; `undefined` if the ledger does not have the token. */
async function judgeNow(
  { token, expMs }: OwnToken,
  question: RoutedEvaluation,
  { validation, clock, loaded }: DecideDependencies,
): Promise<Judged | undefined> {
  const identity = ledgerIdentityOf(token)
  if (identity === undefined) return undefined
  const { claims: named, reads, positions } = question
  const map = withTokenItself(claimMapOf(loaded.registry))
  const required = requiredBy(question).map(([claim]) => claim)
  const used = [...new Set([...(named ?? []), ...required, ...reads])]
  const byDefault = named === undefined ? decidingClaims(token, map) : [TOKEN_ITSELF]
  const scoped = withScopeClaims(used.length > 0 ? used : byDefault, token)
  const claims = withRestrictions(
    scoped,
    restrictionsOn([question.audience], map),
    ignoredBy(question),
  )
  const read = [...new Set([...reads, ...leftOutOf(token, required)])]
  const query = recheckQueryOf(token, map, [...new Set([...claimsMintedFor(token), ...claims])])
  const partitions = new Set([...query.partitions, ...positions.map((each) => each.partition)])
  const wantedState = { parties: subjectsOf(token), claims: namesStated(loaded.registry, read) }
  const whole: ValidationQuery = {
    ...query,
    partitions: [...partitions],
    identity,
    expMs,
    ...(read.length > 0 && { wantedState }),
  }
  const recheck = await validation.recheckToValidate(whole)
  if (!recheck.isKnown) return undefined
  const terms = { map: activeMap(map, recheck, loaded), wallMs: clock.nowMs() }
  const position = (partition: number) => recheck.positions.get(partition)
  const knowledge = { ...knowledgeOf(recheck, terms), position }
  const now = recheck.partiesState
    ? claimsNow(read, recheck.partiesState, loaded.registry)
    : NOTHING_READ
  const judged = withClaimsNow(token, now)
  const verdicts = vouch(judged, claims, positions, knowledge)
  return { token: judged, verdicts: withDoubts(verdicts, now, loaded), now }
}

const NOTHING_READ: ClaimsNow = { values: new Map(), doubtful: [] }

/** A claim in doubt has no known value, although a token without it might be fresh. */
function withDoubts(
  verdicts: ReadonlyMap<string, Verdict>,
  now: ClaimsNow,
  { registry }: LoadedRegistry,
): ReadonlyMap<string, Verdict> {
  const doubts = now.doubtful.map((claim): readonly [string, Verdict] => {
    const source = registry.claims.get(claim)?.source ?? registry.account
    const verdict = verdicts.get(claim)
    return [claim, verdict?.kind === 'stale' ? verdict : { kind: 'unverified', source }]
  })
  return new Map([...verdicts, ...doubts])
}

/** Bytes that the facts of a request may have as JSON. */
export const FACTS_BYTES_MAX = 4_096
/** Levels that they may be nested. */
export const FACTS_DEPTH_MAX = 8

/** The part of a decision that policies add. */
type PolicyOutcome = Pick<EvaluationAnswer, 'decision' | 'code' | 'policies'>

/** Asks the policies of a route. That they cannot answer is a denial with a code of its own. */
async function askPolicies(question: PolicyQuestion, engine: PolicyEngine): Promise<PolicyOutcome> {
  if (!isBounded(question.facts)) return { decision: false, code: 'policy.context' }
  try {
    const { permitted, by: policies } = await engine.decide(question)
    return permitted
      ? { decision: true, policies }
      : { decision: false, code: 'policy.denied', policies }
  } catch (error) {
    return { decision: false, code: policyCodeOf(error) }
  }
}

/** The code of what is wrong with policies, which is an answer; whatever else failed is thrown on. */
function policyCodeOf(error: unknown): EvaluationCode {
  if (!(error instanceof FreshetError)) throw error
  switch (error.code) {
    case 'policy.context':
    case 'policy.failed':
    case 'policy.late':
      return error.code
    default:
      throw error
  }
}

function isBounded(facts: RequestFacts): boolean {
  return (
    new TextEncoder().encode(JSON.stringify(facts)).length <= FACTS_BYTES_MAX &&
    isWithin(facts, FACTS_DEPTH_MAX)
  )
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((each) => isWithin(each, depth - 1))
}

/** The data to read to validate a token at run time. */
export interface ValidationQuery extends RecheckQuery {
  /** The token's own data: the ledger must have the same. */
  readonly identity: LedgerIdentity
  /** The token's own `exp`, which is in whole seconds: the ledger’s is up to a second later. */
  readonly expMs: number
  /** The parties whose claims are read as the sources state them now, the subject first; absent: none. */
  readonly wantedState?: {
    readonly parties: readonly [Subject, ...Subject[]]
    readonly claims: readonly string[]
  }
}

/** The current state of the database, and its recording positions: all of one snapshot (rule 40). */
export interface ValidationRecheck extends RecheckAnswer {
  /** Next offset by partition asked about; a partition without progress is not there. */
  readonly positions: ReadonlyMap<number, Position>
  /** True if the ledger has this very token. After a failover it may have lost some of the last. */
  readonly isKnown: boolean
  /** Present where it was asked for. */
  readonly partiesState?: PartiesState
}

/** The store of the data that the authority validates by. */
export interface ValidationStore {
  /** One snapshot of the primary. @throws `database.read-only` at a standby; `database.*` */
  recheckToValidate(query: ValidationQuery): Promise<ValidationRecheck>
}
