/**
 * The true state by the facts of the sources alone. This file knows nothing of the product's decisions: it
 * folds the facts that each source committed, in that source's own order.
 */

/** A fact that a source committed. */
export type Fact =
  | {
      readonly kind: 'claim'
      readonly sub: string
      readonly claim: string
      readonly op: 'set' | 'add' | 'remove' | 'clear'
      readonly values: readonly string[]
      /** The partner for which its source sends it. */
      readonly onBehalfOf?: string
    }
  /** A source sends a change that it is not allowed to send: nothing more holds than before (S14). */
  | {
      readonly kind: 'overreach'
      readonly sub: string
      readonly claim: string
      readonly op: 'set'
      readonly values: readonly string[]
    }
  | {
      readonly kind: 'account'
      readonly sub: string
      readonly op: AccountOp
      /** The account source's own claims, which a deletion removes, and no other claims (rule 33). */
      readonly claims?: readonly string[]
    }
  | {
      readonly kind: 'withdrawn'
      readonly claim: string
      readonly value: string
      /** The partner for which its source sends it. */
      readonly onBehalfOf?: string
    }
  | { readonly kind: 'cut-off'; readonly scope: 'client' | 'tenant'; readonly target: string }
  | { readonly kind: 'denied'; readonly scope: 'token' | 'key'; readonly target: string }
  /** The markers of a snapshot: values that it does not contain no longer hold. */
  | {
      readonly kind: 'statement'
      readonly marker: 'begin' | 'end'
      /** The kinds of state that it contains beside claims. */
      readonly states?: readonly ('accounts' | 'cut-offs')[]
      /** So many subjects are missing that it must be confirmed: by itself it removes nothing. */
      readonly isShort?: true
      /** The claims of which values are missing. */
      readonly cutClaims?: readonly string[]
      /** The source confirms it, however many subjects are missing. */
      readonly isConfirmed?: true
    }

/** A fact about a claim of a subject. */
export type ClaimFact = Extract<Fact, { kind: 'claim' }>

export type AccountOp = 'disabled' | 'enabled' | 'deleted' | 'sessions-revoked'

/** A fact with its name, and the time of its commit in true time. */
export interface CommittedFact {
  readonly id: string
  readonly source: string
  readonly atMs: number
  readonly fact: Fact
  /** The sent record cannot be read: every claim that the source owns of the subject is in doubt. */
  readonly isGarbled?: true
}

/** A released token, as far as the truth can judge it. */
export interface Claimed {
  readonly jti: string
  readonly sub: string
  /** The chain of actors for the subject; the first acts now. */
  readonly actors: readonly string[]
  readonly tenant: string
  readonly client: string
  readonly kid: string
  readonly pv: number
  /** Values by claim. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Ids of the facts that were recorded when its claims were read. */
  readonly basis: ReadonlySet<string>
  /**
   * Ids of facts that the broker had lost before it was made. That incarnation ended all older tokens; facts
   * that still hold are sent again, as other facts.
   */
  readonly lost: ReadonlySet<string>
  /** A thief signed it with a denied key: it contains what he likes. */
  readonly isStolen?: true
}

/** The reason why a token, or one of its claims, must not be used any more, and the time since when. */
export interface Loss {
  readonly why: string
  readonly atMs: number
}

/** The state of a value: whether it is held, since when, and by which source. */
interface Held {
  readonly isHeld: boolean
  readonly sinceMs: number
  readonly source: string
}

/**
 * Claims that depend on others: a subject that loses a value of one of those must not use this claim either.
 */
export const DERIVED: ReadonlyMap<string, readonly string[]> = new Map([
  ['roles', ['entitlements']],
])

/** Returns a claim, and those that it depends on. */
export function withOrigins(claim: string): readonly string[] {
  return [claim, ...(DERIVED.get(claim) ?? [])]
}

/** The fact that ended a whole token, among the first `asked` facts that can end one. */
interface End {
  readonly checked: number
  readonly loss: Loss | undefined
}

/** The truth of a run. */
export class Truth {
  readonly facts: CommittedFact[] = []
  /** Those of them that can end a whole token. */
  readonly #endings: CommittedFact[] = []
  readonly #byId = new Map<string, CommittedFact>()
  /** Ordered facts, which are in force or not: nothing is lost by them yet. */
  readonly #ordered = new Map<string, CommittedFact>()
  /** Each value that was ever held, by subject and claim: whether it is held now, and since when. */
  readonly #held = new Map<string, Map<string, Held>>()
  readonly #disabled = new Set<string>()
  readonly #ends = new WeakMap<Claimed, End>()

  add(committed: CommittedFact): void {
    this.facts.push(committed)
    this.#byId.set(committed.id, committed)
    const { fact, atMs: sinceMs, source } = committed
    const by = { sinceMs, source }
    if (fact.kind !== 'claim') this.#endings.push(committed)
    if (fact.kind === 'claim') this.#claim(fact, by)
    if (fact.kind === 'withdrawn') this.#withdraw(fact, by)
    if (fact.kind !== 'account') return
    if (fact.op === 'disabled' || fact.op === 'deleted') this.#disabled.add(fact.sub)
    if (fact.op === 'enabled') this.#disabled.delete(fact.sub)
    for (const claim of fact.claims ?? [])
      this.#claim({ kind: 'claim', sub: fact.sub, claim, op: 'clear', values: [] }, by)
  }

  /** An operator ordered it, and has no answer yet. */
  order(committed: CommittedFact): void {
    this.#ordered.set(committed.id, committed)
  }

  /** An order was certainly refused: it must have no effect. */
  refuse({ id }: CommittedFact): void {
    this.#ordered.delete(id)
  }

  /** Returns the truth for the parties of a token, by these facts alone. */
  knowing(ids: ReadonlySet<string>, { sub, actors }: Pick<Claimed, 'sub' | 'actors'>): Truth {
    const known = new Truth()
    for (const committed of this.facts) {
      const { fact } = committed
      const isOfOther = fact.kind === 'claim' && fact.sub !== sub && !actors.includes(fact.sub)
      if (!isOfOther && ids.has(committed.id)) known.add(committed)
    }
    return known
  }

  isEnabled(sub: string): boolean {
    return !this.#disabled.has(sub)
  }

  /** Returns the values that a subject holds now, sorted. */
  holds(sub: string, claim: string): readonly string[] {
    return [...this.#valuesOf(sub, claim)]
      .flatMap(([value, { isHeld }]) => (isHeld ? value : []))
      .sort()
  }

  /**
   * Returns the loss of a token's claim. A value that is held again is no loss: the token's content is true,
   * although its time has passed. A fact about the whole token counts unless the token was made with
   * knowledge of it.
   */
  loss(
    token: Claimed,
    claim: string,
    counts: (source: string) => boolean = () => true,
  ): Loss | undefined {
    const end = this.#endOf(token)
    if (token.isStolen === true) return end
    const lost = withOrigins(claim).map((name) => this.#lossOf(token, name, counts))
    return [...lost, end].reduce(earlier)
  }

  /** Returns the loss that ended a whole token, whatever its claims. */
  ending(token: Claimed): Loss | undefined {
    return this.#endOf(token)
  }

  /** Returns whether there was any fact that is allowed to make this claim of the token stale. */
  mayBeStale(token: Claimed, claim: string): boolean {
    const isReason = (committed: CommittedFact): boolean => mayEnd(committed, token, claim)
    return this.facts.some(isReason) || [...this.#ordered.values()].some(isReason)
  }

  /**
   * Returns whether this change is allowed to be the reason: it must not be about another subject or claim.
   */
  mayBeStaleBy(id: string, token: Claimed, claim: string): boolean {
    const committed = this.#byId.get(id) ?? this.#ordered.get(id)
    return committed !== undefined && mayEnd(committed, token, claim)
  }

  /** Returns the fact of this name. */
  find(id: string): CommittedFact | undefined {
    return this.#byId.get(id)
  }

  /**
   * Returns the distance from the subject of the actor that a change is about, if it is not about the subject
   * itself.
   */
  depthOf(id: string, { sub, actors }: Claimed): number | undefined {
    const fact = this.#byId.get(id)?.fact
    if (fact === undefined || !('sub' in fact) || fact.sub === sub) return undefined
    const at = actors.indexOf(fact.sub)
    return at < 0 ? undefined : at + 1
  }

  #lossOf(
    { sub, actors, values }: Claimed,
    claim: string,
    counts: (source: string) => boolean,
  ): Loss | undefined {
    // A token with actors has the values that all of them have, so a loss of one is a loss of the token (rule
    // 24).
    const parties = [sub, ...actors].map((party) => this.#valuesOf(party, claim))
    let first: Loss | undefined
    for (const value of values.get(claim) ?? [])
      for (const held of parties) {
        const now = held.get(value)
        if (now?.isHeld === false && counts(now.source))
          first = earlier(first, { why: `lost ${value}`, atMs: now.sinceMs })
      }
    return first
  }

  /** Returns the first fact that ended it. Facts and tokens never change, so each is checked once. */
  #endOf(token: Claimed): Loss | undefined {
    const before = this.#ends.get(token) ?? { checked: 0, loss: undefined }
    if (before.loss !== undefined || before.checked === this.#endings.length) return before.loss
    const first = this.#endings.slice(before.checked).find(({ id, fact }) => ends(id, fact, token))
    const loss = first && { why: first.id, atMs: first.atMs }
    this.#ends.set(token, { checked: this.#endings.length, loss })
    return loss
  }

  #claim(fact: ClaimFact, by: Omit<Held, 'isHeld'>): void {
    const held = this.#valuesOf(fact.sub, fact.claim)
    const isKept = (value: string): boolean =>
      fact.op === 'add' || (fact.op === 'remove' && !fact.values.includes(value))
    for (const [value, now] of held)
      if (now.isHeld && !isKept(value) && !(fact.op === 'set' && fact.values.includes(value)))
        held.set(value, { isHeld: false, ...by })
    if (fact.op === 'add' || fact.op === 'set')
      for (const value of fact.values)
        if (held.get(value)?.isHeld !== true) held.set(value, { isHeld: true, ...by })
  }

  #withdraw(
    { claim, value }: Extract<Fact, { kind: 'withdrawn' }>,
    by: Omit<Held, 'isHeld'>,
  ): void {
    for (const [key, held] of this.#held)
      if (key.endsWith(` ${claim}`) && held.get(value)?.isHeld === true)
        held.set(value, { isHeld: false, ...by })
  }

  #valuesOf(sub: string, claim: string): Map<string, Held> {
    const key = `${sub} ${claim}`
    const held = this.#held.get(key) ?? new Map<string, Held>()
    this.#held.set(key, held)
    return held
  }
}

/** The end of a snapshot removes the values that were not sent since its begin, if it counts. */
function mayEnd(committed: CommittedFact, token: Claimed, claim: string): boolean {
  const { fact } = committed
  const isEnd = fact.kind === 'statement' && fact.marker === 'end' && fact.isShort !== true
  return (isEnd && !token.basis.has(committed.id)) || narrows(committed, token, claim)
}

/** Returns whether a fact is of the token's own scope, and the token was made without knowing it. */
function narrows(committed: CommittedFact, token: Claimed, claim: string): boolean {
  const { id, fact, isGarbled = false } = committed
  if (fact.kind === 'denied') return endsToken(fact, token)
  if (token.basis.has(id)) return false
  if (fact.kind === 'withdrawn')
    return (
      withOrigins(claim).includes(fact.claim) &&
      (token.values.get(fact.claim) ?? []).includes(fact.value)
    )
  if (fact.kind !== 'claim') return endsToken(fact, token)
  return isAbout(fact, token, claim) && (fact.op !== 'add' || isGarbled)
}

/** Returns whether a fact is about this claim, or one that it depends on, of a party of the token. */
export function isAbout(fact: ClaimFact, { sub, actors }: Claimed, claim: string): boolean {
  const isOfParty = fact.sub === sub || actors.includes(fact.sub)
  return isOfParty && withOrigins(claim).includes(fact.claim)
}

function earlier(one: Loss | undefined, other: Loss | undefined): Loss | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return other.atMs < one.atMs ? other : one
}

/** A stolen token contains what it likes: only a denial ends it. */
function ends(id: string, fact: Fact, token: Claimed): boolean {
  if (!endsToken(fact, token)) return false
  if (token.isStolen === true) return fact.kind === 'denied'
  return (fact.kind === 'denied' || !token.basis.has(id)) && !token.lost.has(id)
}

function endsToken(fact: Fact, token: Claimed): boolean {
  const { sub, actors, client, tenant, jti, kid } = token
  switch (fact.kind) {
    case 'account':
      return (fact.sub === sub || actors.includes(fact.sub)) && fact.op !== 'enabled'
    case 'cut-off':
      return fact.target === (fact.scope === 'client' ? client : tenant)
    case 'denied':
      return fact.target === (fact.scope === 'token' ? jti : kid)
    default:
      return false
  }
}
