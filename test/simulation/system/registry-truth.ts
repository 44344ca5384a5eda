/**
 * The true state by the facts of the owners alone: who owned what in each policy version, when the version
 * came into force, and what the owners have committed. This file knows nothing of the product's decisions.
 */
import type { RegistryState } from './registry-state.ts'
import type { Fact } from './truth.ts'

/** A policy version, and the time from which every partition judges by it. */
export interface TrueVersion {
  readonly pv: number
  readonly state: RegistryState
  /** Tokens of a lower version have ended. */
  readonly minimum: number
  sinceMs?: number
}

/** A released token, as far as this truth can judge it. */
export interface Issued {
  readonly jwt: string
  readonly jti: string
  readonly sub: string
  /** The chain of actors for the subject; the first acts now. */
  readonly actors: readonly string[]
  readonly tenant: string
  readonly client: string
  readonly pv: number
  readonly values: ReadonlyMap<string, readonly string[]>
  /** The times of its request and of its release, in true time. */
  readonly askedMs: number
  readonly bornMs: number
  readonly expMs: number
}

/** The reason why a token must not be used, and the time since when. */
export interface Wrong {
  readonly invariant: 'taken' | 'lacking'
  readonly why: string
  readonly atMs: number
}

interface Since {
  readonly is: boolean
  readonly sinceMs: number
}

/** The truth of a run whose registry changes. */
export class RegistryTruth {
  readonly versions: TrueVersion[] = []
  /** True if a subject holds a value of a claim, by `sub claim`, then by value. */
  readonly #values = new Map<string, Map<string, Since>>()
  /** True if an account is enabled. */
  readonly #accounts = new Map<string, Since>()
  /** The latest end of all earlier tokens, by account, client or tenant. */
  readonly #ends = new Map<string, number>()
  readonly #tenant: string
  readonly #providerOf: (sub: string) => string

  constructor(tenant: string, providerOf: (sub: string) => string) {
    this.#tenant = tenant
    this.#providerOf = providerOf
  }

  /** The latest version that every partition has passed. */
  get inForce(): TrueVersion {
    const [first] = this.versions
    const latest = this.versions.findLast(({ sinceMs }) => sinceMs !== undefined) ?? first
    if (latest === undefined) throw new Error('There is no version.')
    return latest
  }

  /** Every partition has passed these versions. */
  passed(pv: number, atMs: number): void {
    for (const version of this.versions) if (version.pv <= pv) version.sinceMs ??= atMs
  }

  /** Returns the claims that a source owns. */
  claimsOf(source: string): readonly string[] {
    const { claims } = this.inForce.state
    return [...claims].flatMap(([name, claim]) => (claim.source === source ? name : []))
  }

  isEnabled(sub: string): boolean {
    return this.#accounts.get(sub)?.is !== false
  }

  /** Returns whether a subject has a name in the version in force. */
  isNamed(sub: string): boolean {
    const { hasTenant, providers } = this.inForce.state
    return hasTenant && providers.includes(this.#providerOf(sub))
  }

  /** Returns the values that a subject holds now, sorted. */
  holds(sub: string, claim: string): readonly string[] {
    return [...this.#valuesOf(sub, claim)].flatMap(([value, { is }]) => (is ? value : [])).sort()
  }

  /** An owner commits a fact. */
  commit(fact: Fact, atMs: number): void {
    switch (fact.kind) {
      case 'claim':
        return this.#claim(fact, atMs)
      case 'withdrawn':
        for (const [key, held] of this.#values)
          if (key.endsWith(` ${fact.claim}`)) put(held, fact.value, false, atMs)
        return
      case 'account':
        return this.#account(fact, atMs)
      case 'cut-off':
        this.#ends.set(`${fact.scope} ${fact.target}`, atMs)
        return
      default:
    }
  }

  /**
   * Returns the first reason why this claim of a token must not be called fresh. A token of a version that not
   * every partition has passed yet is judged when they have.
   */
  wrong(token: Issued, claim: string): Wrong | undefined {
    if (token.pv > this.inForce.pv) return undefined
    return [this.ended(token), this.#taken(token, claim), this.#lacking(token, claim)].reduce(
      earlier,
    )
  }

  /** Returns the first reason why a whole token has ended. */
  ended(token: Issued): Wrong | undefined {
    const parties = [token.sub, ...token.actors]
    const accounts = parties.flatMap((sub) => {
      const account = this.#accounts.get(sub)
      return account?.is === false ? taken(`${sub} is off`, account.sinceMs) : []
    })
    const names = [...parties.map((sub) => `account ${sub}`), `client ${token.client}`]
    const ends = [...names, `tenant ${this.#tenant}`].flatMap((name) => {
      const atMs = this.#ends.get(name)
      return atMs !== undefined && atMs > token.bornMs ? taken(`${name} was cut off`, atMs) : []
    })
    const nameless = parties.flatMap((sub) =>
      this.isNamed(sub)
        ? []
        : taken(
            `${sub} has no name`,
            this.#sinceMs(({ hasTenant, providers }) => {
              return !hasTenant || !providers.includes(this.#providerOf(sub))
            }),
          ),
    )
    const below = this.versions.find(
      ({ minimum, sinceMs }) => minimum > token.pv && sinceMs !== undefined,
    )
    const old =
      below?.sinceMs === undefined ? [] : [taken(`it is below ${below.minimum}`, below.sinceMs)]
    return [...accounts, ...ends, ...nameless, ...old].reduce<Wrong | undefined>(earlier, undefined)
  }

  /** A value that grants, and that a party does not hold. */
  #taken({ sub, actors, values }: Issued, claim: string): Wrong | undefined {
    const polarity = this.inForce.state.claims.get(claim)?.polarity
    if (polarity !== 'grant') return undefined
    const ruledMs = this.#sinceMs(({ claims }) => claims.get(claim)?.polarity === 'grant')
    let earliest: Wrong | undefined
    for (const value of values.get(claim) ?? [])
      for (const party of [sub, ...actors]) {
        const held = this.#valuesOf(party, claim).get(value)
        if (held?.is === true) continue
        const atMs = Math.max(held?.sinceMs ?? 0, ruledMs)
        earliest = earlier(earliest, taken(`${party} does not hold ${claim} ${value}`, atMs))
      }
    return earliest
  }

  /** A value that restricts a party, and that the token does not have. */
  #lacking({ sub, actors, values }: Issued, claim: string): Wrong | undefined {
    const ruledMs = this.#sinceMs(({ claims, carried }) => {
      return claims.get(claim)?.polarity === 'restrict' && carried.includes(claim)
    })
    if (ruledMs === Infinity) return undefined
    let earliest: Wrong | undefined
    for (const party of [sub, ...actors])
      for (const [value, { is, sinceMs }] of this.#valuesOf(party, claim))
        if (is && !(values.get(claim) ?? []).includes(value)) {
          const why = `${party} is restricted by ${claim} ${value}`
          const atMs = Math.max(sinceMs, ruledMs)
          earliest = earlier(earliest, { invariant: 'lacking', why, atMs })
        }
    return earliest
  }

  /** Returns the time since when a condition holds in the versions in force; `Infinity` if it does not. */
  #sinceMs(holds: (state: RegistryState) => boolean): number {
    let sinceMs = Infinity
    for (const version of this.versions.toReversed()) {
      if (version.sinceMs === undefined) continue
      if (!holds(version.state)) break
      sinceMs = version.sinceMs
    }
    return sinceMs
  }

  /** A deletion also removes the account source's own claims, and no others (rule 33). */
  #account({ sub, op }: Extract<Fact, { kind: 'account' }>, atMs: number): void {
    if (op !== 'enabled') this.#ends.set(`account ${sub}`, atMs)
    if (op === 'sessions-revoked') return
    const isOn = op === 'enabled'
    if (this.isEnabled(sub) !== isOn) this.#accounts.set(sub, { is: isOn, sinceMs: atMs })
    if (op !== 'deleted') return
    for (const claim of this.claimsOf(this.inForce.state.account))
      this.#claim({ kind: 'claim', sub, claim, op: 'clear', values: [] }, atMs)
  }

  #claim({ sub, claim, op, values }: Extract<Fact, { kind: 'claim' }>, atMs: number): void {
    const held = this.#valuesOf(sub, claim)
    const goes = (value: string): boolean =>
      op === 'clear' ||
      (op === 'remove' ? values.includes(value) : op === 'set' && !values.includes(value))
    for (const value of held.keys()) if (goes(value)) put(held, value, false, atMs)
    if (op === 'add' || op === 'set') for (const value of values) put(held, value, true, atMs)
  }

  #valuesOf(sub: string, claim: string): Map<string, Since> {
    const key = `${sub} ${claim}`
    const held = this.#values.get(key) ?? new Map<string, Since>()
    this.#values.set(key, held)
    return held
  }
}

function put(held: Map<string, Since>, value: string, is: boolean, sinceMs: number): void {
  if ((held.get(value)?.is ?? false) !== is) held.set(value, { is, sinceMs })
}

function taken(why: string, atMs: number): Wrong {
  return { invariant: 'taken', why, atMs }
}

function earlier(one: Wrong | undefined, other: Wrong | undefined): Wrong | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return other.atMs < one.atMs ? other : one
}
