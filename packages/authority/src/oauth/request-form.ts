import {
  firstUndeclared,
  FreshetError,
  type Audience,
  type Client,
  type Registry,
} from '@freshet/protocol'

const SCOPE_CHARACTERS_MAX = 1_024
/** RFC 6749 §3.3. */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** A parameter that may be there once; one without a value counts as left out (RFC 6749 §3.2). */
export function readOne(form: URLSearchParams, name: string): string | undefined {
  const all = form.getAll(name)
  if (all.length > 1) throw malformed(`${name} is there twice`)
  return all[0] === '' ? undefined : all[0]
}

/** The same as {@link readOne}. @throws `request.malformed` if it is missing */
export function readRequired(form: URLSearchParams, name: string): string {
  const value = readOne(form, name)
  if (value === undefined) throw malformed(`${name} is missing`)
  return value
}

/**
 * The audience that a token is asked for. `audience` and `resource` may be there twice, and must
 * then name one target. The same answer for an audience that is not there and for one that the
 * client may not have.
 *
 * @throws `request.malformed`, `grant.target`
 */
export function readTarget(form: URLSearchParams, client: Client, registry: Registry): Audience {
  const named = new Set([...form.getAll('audience'), ...form.getAll('resource')])
  named.delete('')
  const [name] = named
  if (name === undefined) throw malformed('audience is missing')
  if (named.size > 1) throw new FreshetError('grant.target', 'A token is for one audience.')
  const audience = registry.audiences.get(name)
  if (audience !== undefined && client.audiences.includes(name)) return audience
  throw new FreshetError(
    'grant.target',
    'The client is not allowed to get tokens for this audience.',
  )
}

/**
 * The scopes that a token is asked for, each once; none where the request has no `scope`, which is the
 * default (RFC 6749 §3.3).
 *
 * @throws `grant.scope` for a scope that the registry does not give to both client and audience;
 *   `request.malformed`
 */
export function readScopes(
  form: URLSearchParams,
  client: Client,
  audience: Audience,
): readonly string[] {
  const scope = readOne(form, 'scope')
  if (scope === undefined) return []
  if (scope.length > SCOPE_CHARACTERS_MAX || !scopeForm.test(scope)) {
    throw malformed('scope is not a list of names')
  }
  const scopes = [...new Set(scope.split(' '))]
  const refused = firstUndeclared(scopes, client, audience)
  if (refused === undefined) return scopes
  throw new FreshetError('grant.scope', `The client cannot have scope ${refused} at this audience.`)
}

/** The answer to a request that breaks the form of its route. */
export function malformed(rule: string): FreshetError {
  return new FreshetError('request.malformed', `The request cannot be read: ${rule}.`)
}
