import { FreshetError } from '@freshet/domain'

/** The one error of a token that is not acceptable: it names the rule and nothing of the token. */
export function invalidToken(rule: string, cause?: unknown): FreshetError {
  return new FreshetError('token.invalid', `The token breaks the rule: ${rule}.`, { cause })
}
