import type { Audience, Client, Registry } from '@freshet/protocol'
import { malformed, readOne, readScopes, readTarget } from '../oauth/request-form.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:'
/** RFC 8693 §3. */
export const ACCESS_TOKEN_TYPE: string = `${TYPE}access_token`
/** The grant type of a token exchange. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const IDENTITY_TYPES: ReadonlySet<string> = new Set([`${TYPE}jwt`, `${TYPE}id_token`])
/** A token that was handed in. */
export interface HandedIn {
  readonly token: string
  /** An access token of ours; else one of an identity provider. */
  readonly isOwn: boolean
}

/** A well-formed request for a token exchange (RFC 8693 §2.1). */
export interface ExchangeRequest {
  readonly subject: HandedIn
  readonly actor: HandedIn | undefined
  readonly audience: Audience
  readonly scopes: readonly string[]
}

/**
 * Reads the form of a token exchange.
 *
 * @throws `request.malformed`, `grant.target`, `grant.scope`
 */
export function readExchangeRequest(
  form: URLSearchParams,
  client: Client,
  registry: Registry,
): ExchangeRequest {
  const wanted = readOne(form, 'requested_token_type')
  if (wanted !== undefined && wanted !== ACCESS_TOKEN_TYPE) {
    throw malformed(`requested_token_type can only be ${ACCESS_TOKEN_TYPE}`)
  }
  const subject = readIdentity(form, 'subject_token')
  if (subject === undefined) throw malformed('subject_token is missing')
  const actor = readIdentity(form, 'actor_token')
  const audience = readTarget(form, client, registry)
  return { subject, actor, audience, scopes: readScopes(form, client, audience) }
}

function readIdentity(
  form: URLSearchParams,
  name: 'subject_token' | 'actor_token',
): HandedIn | undefined {
  const token = readOne(form, name)
  const type = readOne(form, `${name}_type`)
  if (token === undefined && type !== undefined) throw malformed(`${name} is missing`)
  if (token === undefined) return undefined
  const isOwn = type === ACCESS_TOKEN_TYPE
  if (type === undefined || !(isOwn || IDENTITY_TYPES.has(type))) {
    throw malformed(`${name}_type can only be ${TYPE}jwt, ${TYPE}id_token or ${ACCESS_TOKEN_TYPE}`)
  }
  return { token, isOwn }
}
