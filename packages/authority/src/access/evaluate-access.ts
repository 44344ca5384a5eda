import { FreshetError, type Client } from '@freshet/protocol'
import type { AuditLog, Evaluation, EvaluationAnswer } from '@freshet/wire'
import { decidedEntry } from '../mint/audit-entries.ts'
import { JWT_BEARER } from '../clients/client-assertion.ts'
import {
  authenticateClient,
  type ClientAuthentication,
  type OAuthRequest,
} from '../clients/client-authentication.ts'
import { decideAccess, denied, type DecideDependencies } from './decide-access.ts'
import { findOwnToken, type OwnTerms, type OwnToken } from '../tokens/own-token.ts'

/** The parts of the process that evaluating needs. */
export interface EvaluateDependencies extends OwnTerms, DecideDependencies {
  readonly authentication: ClientAuthentication
  /** The log that holds every decision about a token of ours before it is answered. */
  readonly audit: AuditLog
}

/** The client that asks, and its question. */
export interface EvaluationRequest {
  readonly authorization: string | undefined
  readonly attempts: OAuthRequest['attempts']
  /**
   * Reads the question, for a client that has proved itself. `undefined`: another question than the one that is
   * decided.
   */
  readonly readEvaluation: () => Evaluation | undefined | Promise<Evaluation | undefined>
}

/**
 * Run-time validation (rule 40): decides whether every claim of the question is fresh now, by the watermarks
 * of the primary and the authority's own source leases, for a resource server that has read as far as its
 * `positions`. If the question names a route, its requirements and its policies count, too. Like
 * introspection it is for resource servers of the token's audience and tenant.
 *
 * A token that the ledger does not know is `token.invalid`, so that clients ask for a new one. For a token
 * that is none of ours, or not the client's to ask about, the answer has no details and the audit has no
 * entry: a client that invents tokens could fill the audit.
 *
 * @throws `request.unauthenticated`, `limit.reached`; `request.forbidden` for an audience that is not the client's;
 *   `request.malformed`, `database.*`
 */
export async function evaluateAccess(
  request: EvaluationRequest,
  deps: EvaluateDependencies,
): Promise<EvaluationAnswer> {
  const client = await authenticateClient(credentialsOf(request), deps.authentication)
  const evaluation = await request.readEvaluation()
  if (evaluation === undefined) return denied({})
  requireServerOf(client, evaluation.audience)
  if (!isDeclared(evaluation, deps)) return denied({})
  if (evaluation.token === '') return denied({ code: 'token.missing' })
  const own = readFor(client, evaluation, deps)
  if (own === undefined) return denied({ code: 'token.invalid' })
  const answer = await decideAccess(own, evaluation, deps)
  const { audience, route } = evaluation
  const context = { by: client.id, audience, route, atMs: deps.clock.nowMs() }
  await deps.audit.append([decidedEntry(own.token, answer, context)])
  return answer
}

/** The body is JSON, so an assertion (RFC 7523) comes as the bearer token that it is. */
function credentialsOf({ authorization, attempts }: EvaluationRequest): OAuthRequest {
  const [, assertion] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  if (assertion === undefined) return { authorization, form: new URLSearchParams(), attempts }
  const form = { client_assertion: assertion, client_assertion_type: JWT_BEARER }
  return { authorization: undefined, form: new URLSearchParams(form), attempts }
}

function requireServerOf({ introspects }: Client, audience: string): void {
  if (introspects.includes(audience)) return
  const message = 'The client is no resource server of this audience.'
  throw new FreshetError('request.forbidden', message)
}

/** An action other than the use of claims is a route; an undeclared route is refused. */
function isDeclared(
  { audience, route }: Evaluation,
  { loaded: { registry } }: EvaluateDependencies,
): boolean {
  return route === undefined || registry.audiences.get(audience)?.routes.has(route) === true
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
