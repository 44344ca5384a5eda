import { FreshetError, type Client, type Clock } from '@freshet/protocol'
import type { VerifyKey } from '@freshet/wire'
import type { AssertionStore, UsedAssertion } from './assertion-store.ts'
import type { ClientAttempts } from './client-attempts.ts'
import {
  checkClientAssertion,
  JWT_BEARER,
  readClientAssertion,
  wrongCredentials,
} from './client-assertion.ts'
import { hasSecret, readBasic } from './client-secret.ts'
import { tokenEndpoint } from '../oauth/metadata.ts'
import { readOne } from '../oauth/request-form.ts'

/** The part of a request that an OAuth route reads. */
export interface OAuthRequest {
  readonly authorization: string | undefined
  readonly form: URLSearchParams
  /** The limit on wrong credentials, for the place that the request came from. */
  readonly attempts: ClientAttempts
}

/** The parts of the process that authenticating a client needs. */
export interface ClientAuthentication {
  readonly clients: ReadonlyMap<string, Client>
  /** Public keys of a client of the registry, by its id. */
  readonly clientKeys: (client: string) => readonly VerifyKey[]
  readonly assertions: AssertionStore
  /** Our own `iss`. Assertions are for it, or for the token endpoint below it. */
  readonly issuer: string
  readonly clock: Clock
}

/** A client whose credentials hold, and the assertion that must not have been used before. */
export interface IdentifiedClient {
  readonly client: Client
  readonly assertion?: UsedAssertion
}

/**
 * Authenticates a client by `client_secret_basic` (RFC 6749 §2.3.1) or `private_key_jwt` (RFC 7523),
 * whichever the registry has for it. An assertion is used up, at every authority.
 *
 * @throws as {@link identifyClient} and {@link useAssertion}
 */
export async function authenticateClient(
  request: OAuthRequest,
  deps: ClientAuthentication,
): Promise<Client> {
  const identified = await identifyClient(request, deps)
  await useAssertion(identified, deps)
  return identified.client
}

/** Credentials as they came. They are not checked yet. */
interface ShownCredentials {
  /** The client that they name. It can be unknown. */
  readonly name: string
  /** @throws `request.unauthenticated` */
  readonly check: () => IdentifiedClient
}

/**
 * Identifies the client, if its assertion is used for the first time. Wrong credentials are counted, and beyond the
 * limit none are checked. A request without readable credentials is no attempt.
 *
 * @throws `request.unauthenticated`, the same for an unknown client and for wrong credentials;
 *   `request.malformed` for a client that authenticates in two ways; `limit.reached` after too many wrong credentials
 */
export async function identifyClient(
  request: OAuthRequest,
  deps: ClientAuthentication,
): Promise<IdentifiedClient> {
  const { name, check } = readCredentials(request, deps)
  const { attempts, form } = request
  const claimed = { name, tenant: deps.clients.get(name)?.tenant }
  attempts.admit(claimed)
  const identified = await counted(check, (isRight) => attempts.count(claimed, isRight))
  const named = readOne(form, 'client_id')
  if (named !== undefined && named !== identified.client.id) throw wrongCredentials()
  return identified
}
async function counted(
  check: () => IdentifiedClient,
  count: (isRight: boolean) => Promise<void>,
): Promise<IdentifiedClient> {
  let identified: IdentifiedClient
  try {
    identified = check()
  } catch (error) {
    await count(false)
    throw error
  }
  await count(true)
  return identified
}

function readCredentials(
  { authorization, form }: OAuthRequest,
  deps: ClientAuthentication,
): ShownCredentials {
  const assertion = readOne(form, 'client_assertion')
  const assertionType = readOne(form, 'client_assertion_type')
  const ways = [authorization, assertion ?? assertionType, readOne(form, 'client_secret')]
  if (ways.filter((way) => way !== undefined).length > 1) {
    const message = 'A client authenticates in one way (RFC 6749 §2.3).'
    throw new FreshetError('request.malformed', message)
  }
  return assertion === undefined
    ? shownSecret(authorization, deps)
    : shownAssertion(assertion, assertionType, deps)
}

/** @throws `request.unauthenticated` for an assertion that was used before; `database.*` */
export async function useAssertion(
  { assertion }: IdentifiedClient,
  { assertions }: ClientAuthentication,
): Promise<void> {
  if (assertion === undefined || (await assertions.use(assertion))) return
  const message = 'The client assertion was used before: sign one per request.'
  throw new FreshetError('request.unauthenticated', message)
}

function shownSecret(
  authorization: string | undefined,
  { clients }: ClientAuthentication,
): ShownCredentials {
  const credentials = authorization === undefined ? undefined : readBasic(authorization)
  if (credentials === undefined) {
    const message = 'Authenticate by client_secret_basic or private_key_jwt.'
    throw new FreshetError('request.unauthenticated', message)
  }
  const { id: name, secret } = credentials
  return {
    name,
    check() {
      const client = clients.get(name)
      const isRight = hasSecret(client, secret)
      if (client === undefined || !isRight) throw wrongCredentials()
      return { client }
    },
  }
}

function shownAssertion(
  text: string,
  type: string | undefined,
  { clients, clientKeys, issuer, clock }: ClientAuthentication,
): ShownCredentials {
  if (type !== JWT_BEARER) {
    const message = `client_assertion_type can only be ${JWT_BEARER}.`
    throw new FreshetError('request.unauthenticated', message)
  }
  const jws = readClientAssertion(text)
  const { iss } = jws.claims
  const audiences = [issuer, tokenEndpoint(issuer)]
  const terms = { clients, clientKeys, audiences, nowMs: clock.nowMs() }
  return {
    name: typeof iss === 'string' ? iss : '',
    check: () => checkClientAssertion(jws, terms),
  }
}
