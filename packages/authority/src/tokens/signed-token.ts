import { FreshetError, TOKEN_BYTES_MAX } from '@freshet/protocol'
import {
  jwsRuleText,
  parseJsonObject,
  readCompactJws,
  type AcceptedHeader,
  type CompactJws,
  type JwsRule,
} from '@freshet/wire'

/** A signed token that was taken apart, and not believed yet. */
export interface SignedToken extends CompactJws {
  readonly claims: Readonly<Record<string, unknown>>
}

/** The error of a token that breaks a rule: the rest of a sentence about it, and the name of a rule of its form. */
export type Refuse = (text: string, rule?: JwsRule) => FreshetError

/**
 * Takes a token of at most 8 KiB apart, by the one reader of compact JWS.
 *
 * @throws what `refuse` returns for the rule that is broken; it is given nothing of the token
 */
export function readSignedToken(
  token: string,
  header: AcceptedHeader,
  refuse: Refuse,
): SignedToken {
  const accepted = { ...header, lengthMax: TOKEN_BYTES_MAX }
  const jws = readCompactJws(token, accepted)
  if (typeof jws === 'string') throw refuse(jwsRuleText(jws, accepted), jws)
  const claims = parseJsonObject(jws.payload)
  if (claims === undefined) throw refuse('holds no strict JSON object')
  return { ...jws, claims }
}

/** @internal */
export function tokenInvalid(what: string, rule: string): FreshetError {
  return new FreshetError('token.invalid', `The ${what} ${rule}.`)
}
