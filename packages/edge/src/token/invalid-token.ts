import { FreshetError } from '@freshet/protocol'

/** The error of a token that is bound to a key which the request does not prove to hold. */
export function unprovenToken(why: string): FreshetError {
  return new FreshetError('token.unproven', `The token is bound to a key by cnf: ${why}.`)
}

/** The one error of a token that is not acceptable: it names the rule and nothing of the token. */
export function invalidToken(rule: string, cause?: unknown): FreshetError {
  return new FreshetError('token.invalid', `The token breaks the rule: ${rule}.`, { cause })
}
