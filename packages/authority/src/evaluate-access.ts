import {
  claimMapOf,
  decidingClaims,
  FreshetError,
  vouch,
  withTokenItself,
  type Client,
  type Clock,
} from '@freshet/domain'
import type { AuditLog, Evaluation, EvaluationAnswer } from '@freshet/events'
import { decidedEntry } from './audit-entries.ts'
import { JWT_BEARER } from './client-assertion.ts'
import {
  authenticateClient,
  type ClientAuthentication,
  type OAuthRequest,
} from './client-authentication.ts'
import { activeMap } from './judge-token.ts'
import { ledgerIdentityOf } from './ledger-identity.ts'
import type { LoadedRegistry } from './mint.ts'
import { findOwnToken, isInForce, type OwnTerms, type OwnToken } from './own-token.ts'
import { knowledgeOf, lookQueryOf } from './token-knowledge.ts'
import type { ValidationQuery, ValidationStore } from './validation-store.ts'

/** What evaluating needs of the process. */
export interface EvaluateDependencies extends OwnTerms {
  readonly authentication: ClientAuthentication
  readonly validation: ValidationStore
  /** Where every decision about a token of ours stands before it is told. */
  readonly audit: AuditLog
  readonly clock: Clock
  readonly loaded: LoadedRegistry
  /** T_max. */
  readonly lifeMaxMs: number
}

/** Who asks, and what. */
export interface EvaluationRequest {
  readonly authorization: string | undefined
  /** `undefined`: another question than the one that is decided. */
  readonly evaluation: Evaluation | undefined
}

type Denied = Pick<EvaluationAnswer, 'judged' | 'code'>

/**
 * Run-time validation (rule 40): whether every claim asked about is fresh now, by the watermarks of
 * the primary and the authority's own source leases, to a resource server that has read as far as
 * its `positions`. Like introspection it is for resource servers of the token's audience and tenant.
 *
 * A token that the ledger does not know is `token.invalid`, so that clients ask for a new one. Of a
 * token that is none of ours, or not the client's to ask about, nothing is told,
 * and nothing audited: whoever can invent tokens could fill the audit.
 *
 * @throws `request.unauthenticated`; `request.forbidden` for an audience that is not the client's;
 *   `request.malformed`, `database.*`
 */
export async function evaluateAccess(
  { authorization, evaluation }: EvaluationRequest,
  deps: EvaluateDependencies,
): Promise<EvaluationAnswer> {
  const client = await authenticateClient(credentialsOf(authorization), deps.authentication)
  if (evaluation === undefined) return denied({})
  requireServerOf(client, evaluation.audience)
  if (evaluation.token === '') return denied({ code: 'token.missing' })
  const own = readFor(client, evaluation, deps)
  if (own === undefined) return denied({ code: 'token.invalid' })
  const answer = await decide(own, evaluation, deps)
  const asked = { by: client.id, audience: evaluation.audience, atMs: deps.clock.nowMs() }
  await deps.audit.append([decidedEntry(own.token, answer, asked)])
  return answer
}

async function decide(
  own: OwnToken,
  evaluation: Evaluation,
  deps: EvaluateDependencies,
): Promise<EvaluationAnswer> {
  const { tenant, jti } = own.token
  const judged = { tenant, jti }
  const verdicts = isInForce(own, deps.clock.nowMs(), deps.lifeMaxMs)
    ? await judgeNow(own, evaluation, deps)
    : undefined
  if (verdicts === undefined) return denied({ judged, code: 'token.invalid' })
  const decision = [...verdicts.values()].every(({ kind }) => kind === 'fresh')
  return { decision, judged, verdicts }
}

function denied(why: Denied): EvaluationAnswer {
  return { decision: false, ...why, verdicts: new Map() }
}

/** The body is JSON, so an assertion (RFC 7523) comes as the bearer token that it is. */
function credentialsOf(authorization: string | undefined): OAuthRequest {
  const [, assertion] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  if (assertion === undefined) return { authorization, form: new URLSearchParams() }
  const form = { client_assertion: assertion, client_assertion_type: JWT_BEARER }
  return { authorization: undefined, form: new URLSearchParams(form) }
}

function requireServerOf({ introspects }: Client, audience: string): void {
  if (introspects.includes(audience)) return
  const message = 'The client is no resource server of this audience.'
  throw new FreshetError('request.forbidden', message)
}

/** The token, if it is one of ours that this client may ask this question about. */
function readFor(
  client: Client,
  { token: jwt, subject, audience }: Evaluation,
  deps: EvaluateDependencies,
): OwnToken | undefined {
  const own = findOwnToken(jwt, deps)
  if (own === undefined) return undefined
  const { tenant, parties } = own.token
  const isTheirs = tenant === client.tenant && own.audiences.includes(audience)
  return isTheirs && parties[0].subject.sub === subject ? own : undefined
}

/** By one snapshot; `undefined` where the ledger does not know the token. */
async function judgeNow(
  { token, expMs }: OwnToken,
  { claims: asked, positions }: Evaluation,
  { validation, clock, loaded }: EvaluateDependencies,
): Promise<EvaluationAnswer['verdicts'] | undefined> {
  const identity = ledgerIdentityOf(token)
  if (identity === undefined) return undefined
  const map = withTokenItself(claimMapOf(loaded.registry))
  const claims = asked ?? decidingClaims(token, map)
  const query = lookQueryOf(token, map, [...new Set([...token.claims.keys(), ...claims])])
  const partitions = new Set([...query.partitions, ...positions.map((each) => each.partition)])
  const whole: ValidationQuery = { ...query, partitions: [...partitions], identity, expMs }
  const look = await validation.lookToValidate(whole)
  if (!look.isKnown) return undefined
  const terms = { map: activeMap(map, look, loaded), wallMs: clock.nowMs() }
  const position = (partition: number) => look.positions.get(partition)
  return vouch(token, claims, positions, { ...knowledgeOf(look, terms), position })
}
