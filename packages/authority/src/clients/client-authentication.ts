import { createHash, timingSafeEqual } from 'node:crypto'
import { FreshetError, type Client, type Clock } from '@freshet/protocol'
import type { VerifyKey } from '@freshet/wire'
import { tokenEndpoint } from '../oauth/metadata.ts'
import { readOne } from '../oauth/request-form.ts'
import type { AssertionStore, UsedAssertion } from './assertion-store.ts'
import {
  checkClientAssertion,
  JWT_BEARER,
  readClientAssertion,
  wrongCredentials,
} from './client-assertion.ts'

/** Compared with where there is no secret, so that every case takes as long. */
const NOBODY = Buffer.alloc(32)
const SECRET_CHARACTERS_MAX = 1_024

/** The content of a request by `client_secret_basic`, before any check. */
interface BasicCredentials {
  readonly id: string
  readonly secret: string
}

/** Reads the header `Authorization: Basic` (RFC 6749 §2.3.1); `undefined` where it is another. */
function readBasic(authorization: string): BasicCredentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined || encoded.length > SECRET_CHARACTERS_MAX) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  try {
    return { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) }
  } catch {
    return undefined
  }
}

/**
 * Returns whether it is the secret of the client; never for a client that has none, or is unknown. The empty
 * text is no secret: its hash stands in example files until it is replaced.
 */
function hasSecret(client: Client | undefined, secret: string): boolean {
  const hash = client?.secretHash
  const expected = hash === undefined ? NOBODY : Buffer.from(hash, 'base64url')
  const given = createHash('sha256').update(secret).digest()
  const isRight = expected.length === given.length && timingSafeEqual(expected, given)
  return isRight && hash !== undefined && secret !== ''
}

/** Both halves are form-encoded before they are joined. @throws URIError */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

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

/** The client that a request claims to be. */
export interface ClaimedClient {
  readonly name: string
  /** Absent: no client has this name. */
  readonly tenant: string | undefined
}

/** The limit on wrong credentials of clients, for the place that one request came from. */
export interface ClientAttempts {
  /** @throws `limit.reached` after too many wrong credentials: nothing is to be checked then */
  admit(claimed: ClaimedClient): void
  /** Counts credentials that were checked. @throws `limit.reached` */
  count(claimed: ClaimedClient, isRight: boolean): Promise<void>
}
