import { denialKey, type Denial, type DenialKind } from '@freshet/domain'

interface HeldDenial {
  readonly change: string
  /** Monotonic seconds when it was last told. */
  readonly toldAtS: number
  readonly expires: boolean
}

/** Keys and issuers are denied for good; a session's or a token's own life ends the others. */
const expiring: Readonly<Record<DenialKind, boolean>> = {
  key: false,
  issuer: false,
  session: true,
  token: true,
}

/**
 * Denials, which carry no position: they hold against any label (rule 23). `version` changes
 * whenever one is added, so that who was not denied at a version need not look again.
 */
export class Denials {
  readonly #max: number
  readonly #held = new Map<string, HeldDenial>()
  #version = 1
  #refusedAtS: number | undefined
  #isRefusedForGood = false

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#held.size
  }

  get version(): number {
    return this.#version
  }

  /**
   * A denial found no room. It lasts until every token that it could deny has expired: for ever,
   * where it named a key or an issuer.
   */
  get isOverflowing(): boolean {
    return this.#isRefusedForGood || this.#refusedAtS !== undefined
  }

  /** Whether something changed; telling a denial again renews its life. */
  add(denial: Denial, change: string, nowS: number): boolean {
    const key = denialKey(denial)
    const known = this.#held.get(key)
    const expires = expiring[denial.kind]
    if (known === undefined && this.#held.size >= this.#max) {
      this.#refusedAtS = nowS
      this.#isRefusedForGood ||= !expires
      return false
    }
    this.#held.set(key, { change: known?.change ?? change, toldAtS: nowS, expires })
    if (known === undefined) this.#version += 1
    return known === undefined
  }

  /** The change that denied it. */
  get(key: string): string | undefined {
    return this.#held.get(key)?.change
  }

  prune(beforeS: number): void {
    for (const [key, { toldAtS, expires }] of this.#held)
      if (expires && toldAtS < beforeS) this.#held.delete(key)
    if (this.#refusedAtS !== undefined && this.#refusedAtS < beforeS) this.#refusedAtS = undefined
  }

  /** What said them is no longer believed; all is read again. */
  forget(): void {
    this.#held.clear()
    this.#isRefusedForGood = false
  }
}
