import { FreshetError } from '@freshet/protocol'
import {
  jwsRuleText,
  readCompactJws,
  type AcceptedJws,
  type CompactJws,
} from '../keys/compact-jws.ts'
import { isSignedBy } from '../keys/jws.ts'
import { SIGNATURE_ALGORITHMS, type VerifyKey } from '../keys/keys.ts'
import { keyIn } from '../keys/remote/named-key.ts'

/** The rules for the signature in a record's header, except its type. */
export const DETACHED: Omit<AcceptedJws, 'types'> = {
  algs: SIGNATURE_ALGORITHMS,
  lengthMax: 8_192,
  isDetached: true,
}

/**
 * Splits a JWS of a source or a console. `what` names it in errors.
 *
 * @throws `event.unauthentic` naming the rule, never the content
 */
export function readSenderJws(text: string, accepted: AcceptedJws, what: string): CompactJws {
  const read = readCompactJws(text, accepted)
  if (typeof read === 'string') throw unauthentic(what, jwsRuleText(read, accepted))
  return read
}

/**
 * Requires a signature by the key that the header names.
 *
 * @throws `event.unauthentic`
 */
export function requireSigned(jws: CompactJws, keys: readonly VerifyKey[], what: string): void {
  const key = keyIn(keys, jws.header)
  if (key === undefined) throw unauthentic(what, 'names no key of its sender')
  if (!isSignedBy(key, jws.signed, jws.signature)) throw unauthentic(what, 'does not verify')
}

/** Returns the error of a JWS that proves nothing; it names the rule. */
export function unauthentic(what: string, rule: string): FreshetError {
  return new FreshetError('event.unauthentic', `${what} ${rule}`)
}
