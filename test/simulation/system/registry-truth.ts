/**
 * The true state by the facts of the owners alone: who owned what in each policy version, when the version
 * came into force, and what the owners have committed. This file knows nothing of the product's decisions.
 */
import type { RegistryState } from './registry-state.ts'
import type { ClaimFact, Fact } from './truth.ts'

/** A policy version, and the time from which every partition judges by it. */
export interface TrueVersion {
  readonly pv: number
  readonly state: RegistryState
  /** Tokens of a lower version have ended. */
  readonly minimum: number
  /** The time of the order that activates it. */
  readonly orderedMs: number
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
  /** Absent: it stands for the state of a subject. */
  readonly audience?: string
  readonly pv: number
  readonly values: ReadonlyMap<string, readonly string[]>
  /** The times of its request and of its release, in true time. */
  readonly requestedMs: number
  readonly bornMs: number
  readonly expMs: number
}

/** The reason why a token must not be used, and the time since when. */
export interface Wrong {
  readonly invariant: 'taken' | 'lacking'
  readonly why: string
  readonly atMs: number
}

/** No activation is stored sooner after its order: the gateways start anew before. */
const LEARNED_MS = 300

/** A claim has the values of its owner, and those of the source that corroborates it. */
const ROLES = ['owner', 'witness'] as const

/** The role in which a source states a claim. */
type Role = (typeof ROLES)[number]

interface Since {
  readonly is: boolean
  readonly sinceMs: number
}

/** The truth of a run whose registry changes. */
export class RegistryTruth {
  readonly versions: TrueVersion[] = []
  /** True if a subject holds a value of a claim, by `sub claim role`, then by value. */
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

  /** Returns the claims that a source states, as their owner or beside the owner. */
  claimsOf(source: string, { state }: TrueVersion = this.inForce): readonly string[] {
    return [...state.claims].flatMap(([name, { source: owner, witness }]) =>
      owner === source || witness === source ? name : [],
    )
  }

  /** Returns the claims of a file of a source: also those of the versions that come into force next. */
  claimsToState(source: string, nowMs: number): readonly string[] {
    return [...new Set(this.comingAt(nowMs).flatMap((version) => this.claimsOf(source, version)))]
  }

  /** The version in force, and the next ones that people know before their activation is stored. */
  comingAt(nowMs: number): readonly TrueVersion[] {
    const { pv } = this.inForce
    return this.coming.filter((each) => each.pv === pv || each.orderedMs + LEARNED_MS <= nowMs)
  }

  /** The version in force, and those that come into force next. */
  get coming(): readonly TrueVersion[] {
    return this.versions.filter(({ pv }) => pv >= this.inForce.pv)
  }

  /**
   * Returns whether a source owned a claim in every version that a partition can have judged by
   * between two times.
   */
  owned(source: string, claim: string, [fromMs, toMs]: readonly [number, number]): boolean {
    const { versions } = this
    const first = versions.findLastIndex(({ sinceMs = Infinity }) => sinceMs <= fromMs)
    const passed = versions.findLastIndex(({ sinceMs = Infinity }) => sinceMs <= toMs)
    // A partition passes a version before the last one does.
    return versions
      .slice(Math.max(0, first), passed + 2)
      .every(({ state }) => state.claims.get(claim)?.source === source)
  }

  isEnabled(sub: string): boolean {
    return this.#accounts.get(sub)?.is !== false
  }

  /** Returns whether a subject has a name in a version; by default in the one in force. */
  isNamed(sub: string, { state }: TrueVersion = this.inForce): boolean {
    const { hasTenant, providers } = state
    return hasTenant && providers.includes(this.#providerOf(sub))
  }

  /** Returns the values that a subject holds now by all sources of a claim, sorted. */
  holds(sub: string, claim: string): readonly string[] {
    const { witness, polarity } = this.inForce.state.claims.get(claim) ?? {}
    const owned = this.#statedBy('owner', sub, claim)
    if (witness === undefined) return owned
    const seen = this.#statedBy('witness', sub, claim)
    if (polarity === 'restrict') return [...new Set([...owned, ...seen])].sort()
    return owned.filter((value) => seen.includes(value))
  }

  /** Returns the values of a subject by one of the sources of a claim, sorted. */
  statedValues(source: string, sub: string, claim: string): readonly string[] {
    return this.#statedBy(this.#roleOf(source, claim), sub, claim)
  }

  /** The fact about a claim holds from the beginning, by each source that can ever state it. */
  begin(fact: ClaimFact, atMs: number): void {
    for (const role of ROLES) this.#claim(fact, atMs, role)
  }

  /** A source commits a fact, as the owner of a claim or beside its owner. */
  commit(fact: Fact, atMs: number, source: string): void {
    switch (fact.kind) {
      case 'claim':
        return this.#claim(fact, atMs, this.#roleOf(source, fact.claim))
      case 'withdrawn':
        for (const [key, held] of this.#values)
          if (key.endsWith(` ${fact.claim} ${this.#roleOf(source, fact.claim)}`))
            put(held, fact.value, false, atMs)
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
    const gone = this.#sinceMs(({ hasAudience }) => !hasAudience)
    if (token.audience !== undefined && gone < Infinity)
      nameless.push(taken('its audience is gone', gone))
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
    for (const { party, role, roleMs, stated } of this.#sides([sub, ...actors], claim))
      for (const value of values.get(claim) ?? []) {
        const held = stated.get(value)
        if (held?.is === true) continue
        const atMs = Math.max(held?.sinceMs ?? 0, ruledMs, roleMs)
        const why = `${party} does not hold ${claim} ${value} by its ${role}`
        earliest = earlier(earliest, taken(why, atMs))
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
    for (const { party, roleMs, stated } of this.#sides([sub, ...actors], claim))
      for (const [value, { is, sinceMs }] of stated) {
        if (!is || (values.get(claim) ?? []).includes(value)) continue
        const why = `${party} is restricted by ${claim} ${value}`
        const atMs = Math.max(sinceMs, ruledMs, roleMs)
        earliest = earlier(earliest, { invariant: 'lacking', why, atMs })
      }
    return earliest
  }

  /** Returns each party with the values by each source of a claim, and the time since when that one counts. */
  #sides(parties: readonly string[], claim: string) {
    const witnessMs = this.#sinceMs(({ claims }) => claims.get(claim)?.witness !== undefined)
    return parties.flatMap((party) =>
      ROLES.flatMap((role) => {
        const roleMs = role === 'owner' ? 0 : witnessMs
        const values = this.#valuesOf(party, claim, role)
        return roleMs === Infinity ? [] : { party, role, roleMs, stated: values }
      }),
    )
  }

  #roleOf(source: string, claim: string): Role {
    const its = this.coming.map(({ state }) => state.claims.get(claim))
    const stated = its.find((owned) => owned?.source === source || owned?.witness === source)
    return stated?.witness === source ? 'witness' : 'owner'
  }

  #statedBy(role: Role, sub: string, claim: string): readonly string[] {
    const held = [...this.#valuesOf(sub, claim, role)]
    return held.flatMap(([value, { is }]) => (is ? value : [])).sort()
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
    const { account } = this.inForce.state
    for (const claim of this.claimsOf(account))
      this.commit({ kind: 'claim', sub, claim, op: 'clear', values: [] }, atMs, account)
  }

  #claim({ sub, claim, op, values }: ClaimFact, atMs: number, role: Role): void {
    const held = this.#valuesOf(sub, claim, role)
    const goes = (value: string): boolean =>
      op === 'clear' ||
      (op === 'remove' ? values.includes(value) : op === 'set' && !values.includes(value))
    for (const value of held.keys()) if (goes(value)) put(held, value, false, atMs)
    if (op === 'add' || op === 'set') for (const value of values) put(held, value, true, atMs)
  }

  #valuesOf(sub: string, claim: string, role: Role): Map<string, Since> {
    const key = `${sub} ${claim} ${role}`
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
