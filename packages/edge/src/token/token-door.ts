import { FreshetError } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { KeyRing } from '../keys/key-ring.ts'
import { invalidToken } from './invalid-token.ts'
import { TokenCache } from './token-cache.ts'
import type { VerifiedToken } from './token-claims.ts'
import { verifyToken } from './verify-token.ts'

/** What a door holds tokens against. */
export interface DoorSettings {
  readonly issuer: string
  readonly audience: string
  readonly tokenLifeMaxMs: number
  readonly timer: Timer
  readonly limits: { readonly verifiedTokens: number }
}

/** Lets in tokens whose signature, form, time and audience hold; remembers them, bounded. */
export class TokenDoor {
  readonly #settings: DoorSettings
  readonly #keys: KeyRing
  readonly #cache: TokenCache

  constructor(settings: DoorSettings, keys: KeyRing) {
    this.#settings = settings
    this.#keys = keys
    this.#cache = new TokenCache(settings.limits.verifiedTokens)
  }

  get size(): number {
    return this.#cache.size
  }

  /** A token that was verified before and is still acceptable here. */
  seen(jwt: string, audience: string = this.#settings.audience): VerifiedToken | undefined {
    const known = this.#cache.get(jwt)
    const isUsable = known !== undefined && this.#refusal(known, audience) === undefined
    return isUsable && this.#keys.isLoaded ? known : undefined
  }

  /** @throws `token.invalid` naming the rule; `keys.unavailable` */
  async accept(jwt: string, audience: string = this.#settings.audience): Promise<VerifiedToken> {
    if (!this.#keys.isLoaded)
      throw new FreshetError('keys.unavailable', 'The keys of the issuer are not known.')
    const verified = this.#cache.get(jwt) ?? (await this.#verify(jwt))
    const refusal = this.#refusal(verified, audience)
    if (refusal !== undefined) throw invalidToken(refusal)
    return verified
  }

  /** A token key left the set: what was verified with it must not be taken for verified. */
  forget(): void {
    this.#cache.clear()
  }

  async #verify(jwt: string): Promise<VerifiedToken> {
    const { issuer, tokenLifeMaxMs: lifeMaxMs, timer } = this.#settings
    const findKey = (kid: string): ReturnType<KeyRing['find']> => this.#keys.find('tokens', kid)
    const verified = await verifyToken(jwt, findKey, { issuer, lifeMaxMs, nowMs: timer.nowMs() })
    this.#cache.add(verified)
    return verified
  }

  #refusal({ audiences, expiresAtMs }: VerifiedToken, audience: string): string | undefined {
    if (this.#settings.timer.nowMs() >= expiresAtMs) return 'exp in the future'
    return audiences.includes(audience) ? undefined : 'aud of this resource server'
  }
}
