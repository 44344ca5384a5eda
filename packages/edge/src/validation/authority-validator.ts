import { FreshetError } from '@freshet/protocol'
import {
  decodeEvaluationAnswer,
  encodeEvaluation,
  readJsonAnswer,
  wellKnownUrl,
  type EvaluationAnswer,
  type Fetch,
  type Timer,
  signJws,
  type SigningKey,
  fetchJson,
  sameOrigin,
} from '@freshet/wire'
import { EVALUATION_ANSWER_BYTES_MAX, KEYS_REFRESH_MS } from '../limits.ts'
import type { ValidationAnswer, Validator } from '../route/validator.ts'
import { type KeyedClient, signingKeyOf } from '../keyed-client.ts'
import { systemRandom, systemTimer } from '../system.ts'

const METADATA = 'authzen-configuration'

/**
 * The issuer's endpoint for decisions, by its metadata (AuthZEN 1.0 §9). It is read at the first use, once
 * for all callers that wait, and again when it ages or could not be read. It is on the issuer's own origin
 * only, so that metadata cannot send tokens and a secret elsewhere.
 */
function evaluationEndpoint(issuer: string, fetch: Fetch, timer: Timer): () => Promise<string> {
  let found: { readonly url: Promise<string>; readonly atMs: number } | undefined
  return () => {
    const isOld = found !== undefined && timer.monotonicMs() - found.atMs > KEYS_REFRESH_MS
    if (found === undefined || isOld) {
      const reading = { url: discover(issuer, fetch, timer), atMs: timer.monotonicMs() }
      found = reading
      reading.url.catch(() => {
        if (found === reading) found = undefined
      })
    }
    return found.url
  }
}

async function discover(issuer: string, fetch: Fetch, timer: Timer): Promise<string> {
  const from = wellKnownUrl(issuer, METADATA)
  const metadata = (await fetchJson(from.href, fetch, timer)) as Record<string, unknown> | null
  const isOurs = metadata?.['policy_decision_point'] === issuer
  const url = isOurs ? sameOrigin(metadata['access_evaluation_endpoint'], from) : undefined
  if (url !== undefined) return url
  const message = 'The metadata of the issuer names no decision endpoint at the issuer itself.'
  throw new FreshetError('authority.unavailable', message)
}

/** So long an assertion lives: half of what an authority accepts, so that clocks can differ. */
const ASSERTION_LIFE_S = 30
const ASSERTION_TYP = 'client-authentication+jwt'

/** A client of the registry that has a `secretHash`. */
interface SecretClient {
  readonly id: string
  readonly secret: string
}

/** Makes the `Authorization` header of one request. */
type Authorization = () => string

/** The parts of an assertion. */
interface AssertionParts {
  /** The authority that it is for. */
  readonly issuer: string
  readonly timer: Timer
  readonly random: () => number
}

/** The proof of a client to the authority. @throws `config.invalid` */
function proofOf(client: SecretClient | KeyedClient, parts: AssertionParts): Authorization {
  if ('key' in client) {
    const key = signingKeyOf(client, 'client')
    return () => `Bearer ${assertionOf(client.id, key, parts)}`
  }
  if (client.id === '' || client.secret === '')
    throw new FreshetError(
      'config.invalid',
      'client, clients: an id, and a secret or a key of each',
    )
  const basic = basicOf(client)
  return () => basic
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function basicOf({ id, secret }: SecretClient): string {
  const pair = [id, secret].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** RFC 7523 §3. The authority accepts each `jti` once. */
function assertionOf(
  id: string,
  key: SigningKey,
  { issuer, timer, random }: AssertionParts,
): string {
  const iat = Math.floor(timer.nowMs() / 1_000)
  const jti = Buffer.from(Uint32Array.from({ length: 4 }, () => random() * 2 ** 32).buffer)
  const times = { iat, exp: iat + ASSERTION_LIFE_S, jti: jti.toString('base64url') }
  const claims = { iss: id, sub: id, aud: issuer, ...times }
  return signJws(Buffer.from(JSON.stringify(claims)), key, { typ: ASSERTION_TYP })
}

/** The credentials of a client at the authority: what the registry has for it, a secret or keys. */
export type ValidatorClient = SecretClient | KeyedClient

/** The authority to ask, and the client that asks. */
export interface AuthorityValidatorOptions {
  /** The authority's issuer URL: https, or http on loopback. Its metadata names the endpoint that decides. */
  readonly issuer: string
  /**
   * A client of the registry that `introspects` the audience of the edge. The authority answers it for
   * tokens of its own tenant.
   */
  readonly client?: ValidatorClient
  /** Such clients by their tenants, for a service of several; `client` asks for every other tenant. */
  readonly clients?: Readonly<Record<string, ValidatorClient>>
  /** Default the global one. */
  readonly fetch?: Fetch
  /** Default the clocks of the process. */
  readonly timer?: Timer
  /** A number in [0, 1), for the ids of assertions; default random. */
  readonly random?: () => number
}

/**
 * Run-time validation by the authority over HTTP (AuthZEN 1.0), for `createEdge`. Each question is
 * one request; nothing is shared or kept. The edge limits how many are in flight and how long each
 * takes. A client with a secret authenticates by `client_secret_basic` (RFC 6749 §2.3.1), one with a key by
 * `private_key_jwt` (RFC 7523): then each question has an assertion of its own.
 *
 * @throws `config.invalid`; a question that is not answered rejects with `authority.unavailable`
 *
 * @example
 * const validator = authorityValidator({ issuer, client: { id: 'payments-api', secret } })
 * const byKey = authorityValidator({ issuer, client: { id: 'payments-edge', key: privateJwk } })
 * const ofSeveral = authorityValidator({ issuer, clients: { acme: { id, secret }, globex: other } })
 * const edge = await createEdge({ issuer, audience: 'payments', revocations, validator })
 */
export function authorityValidator(options: AuthorityValidatorOptions): Validator {
  const { issuer, fetch = globalThis.fetch, timer = systemTimer } = options
  wellKnownUrl(issuer, '')
  const endpoint = evaluationEndpoint(issuer, fetch, timer)
  const authorizationFor = authorizations(options)
  return {
    async validate(question, signal) {
      try {
        const body = JSON.stringify(encodeEvaluation(question))
        const headers = {
          accept: 'application/json',
          'content-type': 'application/json',
          authorization: authorizationFor(question.tenant),
        }
        const terms = { redirect: 'error', signal, headers } as const
        const response = await fetch(await endpoint(), { ...terms, method: 'POST', body })
        return answerOf(await readJsonAnswer(response, EVALUATION_ANSWER_BYTES_MAX))
      } catch (cause) {
        throw unavailable(cause)
      }
    },
  }
}

/** @throws `config.invalid`; for a tenant without a client an error that names the tenant */
function authorizations(
  options: AuthorityValidatorOptions,
): (tenant: string | undefined) => string {
  const { client, clients = {}, issuer, timer = systemTimer, random = systemRandom } = options
  if (client === undefined && Object.keys(clients).length === 0)
    throw new FreshetError('config.invalid', 'client, clients: name at least one client')
  const prove = (each: ValidatorClient): Authorization => proofOf(each, { issuer, timer, random })
  const byTenant = new Map(Object.entries(clients).map(([tenant, each]) => [tenant, prove(each)]))
  const other = client && prove(client)
  return (tenant = '') => {
    const found = byTenant.get(tenant) ?? other
    if (found === undefined) throw new Error(`no client of the tenant ${tenant} is configured`)
    return found()
  }
}

function answerOf(json: unknown): ValidationAnswer {
  const answer = decodeEvaluationAnswer(json)
  if (answer?.judged === undefined) throw new Error('the answer does not name this token')
  return validationOf({ ...answer, judged: answer.judged })
}

/** The authority's answer about the token that it judged. */
export function validationOf({
  decision,
  judged,
  code,
  verdicts,
  held,
}: EvaluationAnswer & Required<Pick<EvaluationAnswer, 'judged'>>): ValidationAnswer {
  const isRefused = code !== undefined && code !== 'token.invalid' && code !== 'token.missing'
  return {
    ...judged,
    isKnown: code !== 'token.invalid',
    verdicts,
    ...(held === undefined ? {} : { held }),
    ...(isRefused && !decision ? { refused: code } : {}),
  }
}

function unavailable(cause: unknown): FreshetError {
  const reason = cause instanceof Error ? cause.message : 'unknown'
  const message = `The authority gave no usable answer: ${reason}`
  return new FreshetError('authority.unavailable', message, { cause })
}
