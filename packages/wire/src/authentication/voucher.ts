import { createHash } from 'node:crypto'
import * as z from 'zod'
import { unfounded, verifyAssertion, type AssertionTerms } from './assertion.ts'
import { signJws } from '../keys/jws.ts'
import type { SigningKey } from '../keys/keys.ts'

/** `typ` of a voucher, so that no other signature, of a console or another signer, passes as a voucher. */
export const VOUCHER_TYP = 'freshet-voucher+jwt'

/** The lifetime of a voucher. It goes to one gateway, at once. */
export const VOUCHER_LIFETIME_MS = 30_000

/**
 * Characters of a person's issuer and name together: the audit’s `by` has room for them, with the console’s
 * name.
 */
export const PERSON_CHARS_MAX = 186

/** A person whose identity provider confirmed the login. */
export interface Person {
  readonly iss: string
  readonly sub: string
}

/** The content that a console signs: this person, who has this role, gives this one order. */
export interface Vouched {
  readonly person: Person
  readonly role: string
  /** See {@link orderDigest}. */
  readonly order: string
}

/** A valid voucher. The caller refuses a `jti` that it saw before `expMs`. */
export interface Voucher extends Vouched {
  readonly console: string
  readonly jti: string
  readonly expMs: number
}

/** An order in the form of its request. */
export interface SentOrder {
  readonly method: string
  /** The path with its query. */
  readonly path: string
  readonly body: Uint8Array
}

const personText = z
  .string()
  .min(1)
  .regex(/^[^\p{C}]+$/u)
const voucherShape = z.object({
  sub_id: z.object({
    format: z.literal('iss_sub'),
    iss: personText.regex(/^\S+$/),
    sub: personText,
  }),
  role: z.string().min(1).max(16),
  order: z.string().min(1).max(64),
})

/**
 * Returns the name of an order, computed from its whole content: a voucher for one order is not valid for
 * another.
 */
export function orderDigest({ method, path, body }: SentOrder): string {
  const hash = createHash('sha256').update(`${method} ${path}\n`).update(body)
  return hash.digest('base64url')
}

/** Signs a voucher of this console for one gateway. */
export function signVoucher(
  { person, role, order }: Vouched,
  key: SigningKey,
  o: {
    readonly console: string
    readonly audience: string
    readonly nowMs: number
    readonly jti: string
  },
): string {
  const iat = Math.floor(o.nowMs / 1_000)
  const times = { iat, exp: iat + VOUCHER_LIFETIME_MS / 1_000, jti: o.jti }
  const vouched = { sub_id: { format: 'iss_sub', ...person }, role, order }
  const claims = { iss: o.console, aud: o.audience, ...times, ...vouched }
  return signJws(Buffer.from(JSON.stringify(claims)), key, { typ: VOUCHER_TYP })
}

/**
 * Checks a voucher as any assertion, and that it names a person, a role and an order. The caller checks that
 * the console is allowed to sign for that role, and that this is the order.
 *
 * @throws `event.unauthentic` naming the rule, never the voucher
 */
export function verifyVoucher(jwt: string, terms: Omit<AssertionTerms, 'types'>): Voucher {
  const { iss, jti, expMs, claims } = verifyAssertion(jwt, { ...terms, types: [VOUCHER_TYP] })
  const { data } = voucherShape.safeParse(claims)
  if (!data) throw unfounded('needs sub_id, role and order')
  const { role, order, sub_id: person } = data
  if (person.iss.length + person.sub.length > PERSON_CHARS_MAX)
    throw unfounded('names a person at too great a length')
  return { console: iss, jti, expMs, role, order, person: { iss: person.iss, sub: person.sub } }
}
