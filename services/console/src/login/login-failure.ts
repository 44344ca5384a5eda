import { FreshetError } from '@freshet/protocol'
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'

/** Names of errors as RFC 6749 §4.1.2.1 and the library have them; other text is the provider's or an attacker's. */
const NAME = /^[A-Za-z][A-Za-z_]{0,63}$/
const AWAY: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
])

/** The provider cannot be asked. Causes of the library hold answers whole, tokens too, so none is kept. */
export function unavailable(error: unknown): FreshetError {
  const message = `The identity provider gave no usable answer (${nameOf(error)}).`
  return new FreshetError('login.unavailable', message)
}

/** The reason why the end of a login failed. @throws `login.refused`, `login.unavailable` */
export function loginFailure(error: unknown): never {
  const name = nameOf(error)
  if (AWAY.has(name) || name === UNREACHED) throw unavailable(error)
  throw new FreshetError('login.refused', `The login is not valid (${name}).`)
}

const UNREACHED = 'unreached'

function nameOf(error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return NAME.test(error.error) ? error.error : 'unnamed'
  }
  const code: unknown = Object(error)['code']
  if (typeof code === 'string' && NAME.test(code)) return code
  return error instanceof TypeError ? UNREACHED : 'unnamed'
}
