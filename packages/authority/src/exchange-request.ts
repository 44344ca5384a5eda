import { FreshetError, type Audience, type Client, type Registry } from '@freshet/domain'

const TYPE = 'urn:ietf:params:oauth:token-type:'
/** RFC 8693 §3. */
export const ACCESS_TOKEN_TYPE: string = `${TYPE}access_token`
/** The one grant type that is offered. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const IDENTITY_TYPES: ReadonlySet<string> = new Set([`${TYPE}jwt`, `${TYPE}id_token`])
const SCOPE_CHARACTERS_MAX = 1_024
/** RFC 6749 §3.3. */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** A well-formed request for a token exchange (RFC 8693 §2.1). */
export interface ExchangeRequest {
  readonly subjectToken: string
  readonly actorToken: string | undefined
  readonly audience: Audience
  readonly scope: string | undefined
}

/**
 * Reads the form of a token request. Only `audience` and `resource` may be there twice, and must
 * then name one target.
 *
 * @throws `grant.unsupported`, `grant.invalid`, `grant.target`
 */
export function readExchangeRequest(
  form: URLSearchParams,
  client: Client,
  registry: Registry,
): ExchangeRequest {
  if (readOne(form, 'grant_type') !== TOKEN_EXCHANGE) {
    throw new FreshetError('grant.unsupported', `Offered is ${TOKEN_EXCHANGE}.`)
  }
  const wanted = readOne(form, 'requested_token_type')
  if (wanted !== undefined && wanted !== ACCESS_TOKEN_TYPE) {
    throw invalid(`requested_token_type can only be ${ACCESS_TOKEN_TYPE}`)
  }
  const subjectToken = readIdentity(form, 'subject_token')
  if (subjectToken === undefined) throw invalid('subject_token is missing')
  return {
    subjectToken,
    actorToken: readIdentity(form, 'actor_token'),
    audience: readTarget(form, client, registry),
    scope: readScope(form),
  }
}

function readOne(form: URLSearchParams, name: string): string | undefined {
  const all = form.getAll(name)
  if (all.length > 1) throw invalid(`${name} is there twice`)
  // A parameter without a value counts as left out (RFC 6749 §3.2).
  return all[0] === '' ? undefined : all[0]
}

function readIdentity(
  form: URLSearchParams,
  name: 'subject_token' | 'actor_token',
): string | undefined {
  const token = readOne(form, name)
  const type = readOne(form, `${name}_type`)
  if (token === undefined && type !== undefined) throw invalid(`${name} is missing`)
  if (token === undefined) return undefined
  if (type === undefined || !IDENTITY_TYPES.has(type)) {
    throw invalid(`${name}_type can only be ${TYPE}jwt or ${TYPE}id_token`)
  }
  return token
}

/** The same answer for an audience that is not there and for one that the client may not have. */
function readTarget(form: URLSearchParams, client: Client, registry: Registry): Audience {
  const named = new Set([...form.getAll('audience'), ...form.getAll('resource')])
  named.delete('')
  const [name] = named
  if (name === undefined) throw invalid('audience is missing')
  if (named.size > 1) throw new FreshetError('grant.target', 'A token is for one audience.')
  const audience = registry.audiences.get(name)
  if (audience !== undefined && client.audiences.includes(name)) return audience
  throw new FreshetError('grant.target', 'The client may not have tokens for this audience.')
}

function readScope(form: URLSearchParams): string | undefined {
  const scope = readOne(form, 'scope')
  if (scope === undefined) return undefined
  if (scope.length > SCOPE_CHARACTERS_MAX || !scopeForm.test(scope)) {
    throw invalid('scope is not a list of names')
  }
  return scope
}

function invalid(rule: string): FreshetError {
  return new FreshetError('grant.invalid', `The request cannot be read: ${rule}.`)
}
