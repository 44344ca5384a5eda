import { FreshetError, type ClaimMap, type MappedIssuer } from '@freshet/protocol'
import { type Timer, isSignedBy, type VerifyKey } from '@freshet/wire'
import type { ForeignKeys } from '../keys/foreign-keys.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import {
  acceptForeign,
  foreignIssuerOf,
  verifyForeign,
  type ForeignExpected,
} from './foreign-token.ts'
import { possessionBy, type Possession } from '../proof/possession.ts'
import type { SenderProof } from '../proof/sender-proof.ts'
import { invalidToken } from './invalid-token.ts'
import { checkClaims, type Expected, readClaims } from './read-claims.ts'
import { copyOf, OWN_HEADER, readHeader, readSigned } from './signed-token.ts'
import { SubjectForms, type ForeignSubjectCounts } from './subject-forms.ts'
import { tenancyOf, unnamedTenants, type ServedTenants } from './tenancy.ts'
import { TokenCache, type CacheLimits } from './token-cache.ts'
import { VerifiedToken } from './token-claims.ts'

/** The expected properties of tokens. */
export interface VerifierSettings {
  readonly issuer: string
  readonly audience: string
  readonly tokenLifeMaxMs: number
  readonly timer: Timer
  readonly tenants?: ServedTenants
  readonly limits: CacheLimits
}

/** The keys by which tokens are verified. */
export interface TokenVerifierKeys {
  readonly own: Pick<KeyRing, 'isLoaded' | 'find'>
  readonly foreign: ForeignKeys
}

/** The number of times that a token is verified again because a key left its set meanwhile. */
const VERIFY_ROUNDS_MAX = 3

/** Every bound token is refused. */
const NO_PROOF: Possession = /* @__PURE__ */ possessionBy([], () => 0)

/** Lets in tokens whose signature, form, time and audience hold; remembers them, bounded. */
export class TokenVerifier {
  readonly #settings: VerifierSettings
  readonly #keys: TokenVerifierKeys
  readonly #cache: TokenCache
  readonly #mapInForce: () => ClaimMap | undefined
  readonly #possession: Possession
  readonly #subjects = new SubjectForms()

  constructor(
    settings: VerifierSettings,
    keys: TokenVerifierKeys,
    mapInForce: () => ClaimMap | undefined = () => undefined,
    possession: Possession = NO_PROOF,
  ) {
    this.#settings = settings
    this.#keys = keys
    this.#mapInForce = mapInForce
    this.#possession = possession
    this.#cache = new TokenCache(settings.limits)
  }

  get size(): number {
    return this.#cache.size
  }

  /** Estimate of what the remembered tokens take. */
  get bytes(): number {
    return this.#cache.bytes
  }

  /** The foreign tokens that were verified, by the spelling of their subjects. */
  get foreignSubjects(): ForeignSubjectCounts {
    return this.#subjects.counts
  }

  /** A token that was verified before, is still acceptable here, and needs no proof of possession. */
  seen(jwt: string, audience: string = this.#settings.audience): VerifiedToken | undefined {
    const known = this.#known(jwt)
    const isUsable = known?.isBound === false && this.#refusal(known, audience) === undefined
    return isUsable && this.#keys.own.isLoaded ? known : undefined
  }

  /**
   * @throws `token.invalid` naming the rule; `token.unproven`, `proof.*`, `limit.reached` for a
   *   bound token; `keys.unavailable`
   */
  async accept(
    jwt: string,
    audience: string = this.#settings.audience,
    proof?: SenderProof,
  ): Promise<VerifiedToken> {
    this.#requireKeys()
    const verified = this.#admit(this.#known(jwt) ?? (await this.#verify(jwt)), audience)
    await this.#possession.check(verified, jwt, proof)
    return verified
  }

  /**
   * Accepts claims whose signature a caller has verified. The key must be one of the issuer still; nothing is
   * remembered.
   *
   * @throws `token.invalid` naming the rule; `token.unproven`; `keys.unavailable`
   */
  async acceptClaims(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>>,
  ): Promise<VerifiedToken> {
    this.#requireKeys()
    const terms = this.#mapInForce()?.issuers?.get(String(claims['iss']))
    if (terms !== undefined && terms.issuer !== this.#settings.issuer) {
      const verified = await acceptForeign(claims, header, this.#expectedOf(terms))
      return this.#admitUnbound(verified)
    }
    const { kid } = readHeader(header, OWN_HEADER)
    const key = await this.#keys.own.find('tokens', kid)
    if (key?.alg !== 'ES256') throw invalidToken('a kid of the issuer')
    const verified = new VerifiedToken('', checkClaims(copyOf(claims), kid, this.#expected()))
    return this.#admitUnbound(verified)
  }

  /** A token key left the set: what was verified with it must not be taken for verified. */
  forget(): void {
    this.#cache.clear()
  }

  /**
   * A token accepted by terms that are no longer in force, or by keys that are too old, is verified again, or
   * not at all.
   */
  #known(jwt: string): VerifiedToken | undefined {
    const known = this.#cache.get(jwt)
    if (known?.terms === undefined) return known
    const isInForce = this.#mapInForce()?.issuers?.get(known.issuer) === known.terms
    return isInForce && this.#keys.foreign.areUsable(known.terms) ? known : undefined
  }

  /**
   * A key that left its set during the verification proves nothing: the token is neither remembered nor
   * accepted.
   */
  async #verify(jwt: string): Promise<VerifiedToken> {
    for (let round = 0; round < VERIFY_ROUNDS_MAX; round++) {
      const { generation } = this.#cache
      const verified = await this.#verifyOnce(jwt)
      if (this.#cache.add(verified, generation)) return verified
    }
    throw new FreshetError(
      'keys.unavailable',
      'The keys of the issuer changed while the token was verified. Send the request again.',
    )
  }

  #verifyOnce(jwt: string): Promise<VerifiedToken> {
    const map = this.#mapInForce()
    const terms = map?.issuers && foreignIssuerOf(jwt, map.issuers)
    // Our own tokens have a label, even if a registry declares our own name as foreign.
    if (terms !== undefined && terms.issuer !== this.#settings.issuer)
      return verifyForeign(jwt, this.#expectedOf(terms))
    const findKey = (kid: string): ReturnType<KeyRing['find']> => this.#keys.own.find('tokens', kid)
    return verifyToken(jwt, findKey, this.#expected())
  }

  #requireKeys(): void {
    if (!this.#keys.own.isLoaded)
      throw new FreshetError('keys.unavailable', 'The keys of the issuer are not known.')
  }

  #expected(): Expected {
    const { issuer, tokenLifeMaxMs: lifeMaxMs, timer } = this.#settings
    return { issuer, lifeMaxMs, nowMs: timer.nowMs() }
  }

  #expectedOf(terms: MappedIssuer): ForeignExpected {
    const { tokenLifeMaxMs: lifeMaxMs, timer } = this.#settings
    const [keys, subjects] = [this.#keys.foreign, this.#subjects]
    return { terms, keys, subjects, lifeMaxMs, nowMs: timer.nowMs() }
  }

  #admit(verified: VerifiedToken, audience: string): VerifiedToken {
    const refusal = this.#refusal(verified, audience)
    if (refusal !== undefined) throw refusal
    return verified
  }

  /** Claims without their request: nothing there proves that a bound token is its sender's. */
  async #admitUnbound(claims: VerifiedToken): Promise<VerifiedToken> {
    const verified = this.#admit(claims, this.#settings.audience)
    await this.#possession.check(verified, verified.text, undefined)
    return verified
  }

  #refusal(verified: VerifiedToken, audience: string): FreshetError | undefined {
    const { audiences, expiresAtMs, terms, token } = verified
    if (this.#settings.timer.nowMs() >= expiresAtMs) return invalidToken('exp in the future')
    if (!audiences.includes(audience)) return invalidToken('aud of this resource server')
    if (terms !== undefined && !terms.audiences.includes(audience))
      return invalidToken('an issuer that this resource server accepts')
    switch (tenancyOf(token.tenant, audience, this.#settings.tenants, this.#mapInForce())) {
      case 'served':
        return undefined
      case 'other':
        return invalidToken('a tenant that this edge serves')
      case 'unnamed':
        return unnamedTenants(audience)
    }
  }
}

/** A key by its id: at once, or after one fetch where it may be new. */
type FindKey = (kid: string) => VerifyKey | undefined | Promise<VerifyKey | undefined>

/**
 * Verifies form, signature and registered claims of an access token.
 *
 * The signature is checked by Node itself, synchronously: two and a half times as fast as a
 * round through WebCrypto, and the work is too short to be worth another thread.
 *
 * @throws `token.invalid` naming the rule
 */
async function verifyToken(
  jwt: string,
  findKey: FindKey,
  expected: Expected,
): Promise<VerifiedToken> {
  const { header, payload, signed, signature } = readSigned(jwt, OWN_HEADER)
  const key = await findKey(header.kid)
  if (key?.alg !== header.alg) throw invalidToken('a kid of the issuer')
  if (!isSignedBy(key, signed, signature)) throw invalidToken('a signature by the issuer')
  return new VerifiedToken(jwt, readClaims(payload, header.kid, expected))
}
