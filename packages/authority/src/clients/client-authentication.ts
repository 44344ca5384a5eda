import { FreshetError, type Client, type Clock } from '@freshet/protocol'
import type { VerifyKey } from '@freshet/wire'
import type { AssertionStore, UsedAssertion } from './assertion-store.ts'
import { JWT_BEARER, readClientAssertion, wrongCredentials } from './client-assertion.ts'
import { hasSecret, readBasic } from './client-secret.ts'
import { tokenEndpoint } from '../oauth/metadata.ts'
import { readOne } from '../oauth/request-form.ts'

/** The part of a request that an OAuth route reads. */
export interface OAuthRequest {
  readonly authorization: string | undefined
  readonly form: URLSearchParams
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
  const identified = identifyClient(request, deps)
  await useAssertion(identified, deps)
  return identified.client
}

/**
 * The part of it without I/O: the client, if its assertion is used for the first time.
 *
 * @throws `request.unauthenticated`, the same for an unknown client and for wrong credentials;
 *   `request.malformed` for a client that authenticates in two ways
 */
export function identifyClient(
  { authorization, form }: OAuthRequest,
  deps: ClientAuthentication,
): IdentifiedClient {
  const assertion = readOne(form, 'client_assertion')
  const assertionType = readOne(form, 'client_assertion_type')
  const ways = [authorization, assertion ?? assertionType, readOne(form, 'client_secret')]
  if (ways.filter((way) => way !== undefined).length > 1) {
    const message = 'A client authenticates in one way (RFC 6749 §2.3).'
    throw new FreshetError('request.malformed', message)
  }
  const identified =
    assertion === undefined
      ? { client: bySecret(authorization, deps) }
      : byAssertion(assertion, form, deps)
  const named = readOne(form, 'client_id')
  if (named !== undefined && named !== identified.client.id) throw wrongCredentials()
  return identified
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

function bySecret(authorization: string | undefined, { clients }: ClientAuthentication): Client {
  const credentials = authorization === undefined ? undefined : readBasic(authorization)
  if (credentials === undefined) {
    const message = 'Authenticate by client_secret_basic or private_key_jwt.'
    throw new FreshetError('request.unauthenticated', message)
  }
  const client = clients.get(credentials.id)
  const isRight = hasSecret(client, credentials.secret)
  if (client === undefined || !isRight) throw wrongCredentials()
  return client
}

function byAssertion(
  text: string,
  form: URLSearchParams,
  { clients, clientKeys, issuer, clock }: ClientAuthentication,
): IdentifiedClient {
  if (readOne(form, 'client_assertion_type') !== JWT_BEARER) {
    const message = `client_assertion_type can only be ${JWT_BEARER}.`
    throw new FreshetError('request.unauthenticated', message)
  }
  const audiences = [issuer, tokenEndpoint(issuer)]
  const terms = { clients, clientKeys, audiences, nowMs: clock.nowMs() }
  return readClientAssertion(text, terms)
}
