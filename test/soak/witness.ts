import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { check } from '../e2e/edge.ts'
import { sourceOf, type TestChange, type TestSource } from '../e2e/source.ts'
import { SIDECARS, type TestStack } from '../e2e/test-stack.ts'
import { groupsOf, requestFor } from '../e2e/token.ts'
import { D_MS } from '../failover/witness.ts'
import { Ledger, type Answered } from './ledger.ts'
import { Outages } from './outages.ts'

const UNTOUCHED = ['standing 1', 'standing 2', 'standing 3']
const BETWEEN_ATTEMPTS_MS = 200
/** A subject that lost a value is asked about for so long after D. */
const PAST_D_MS = 3_000
/** A change that has no effect for so long is lost. */
const LOST_AFTER_MS = 180_000
const CLEAR_FOR_MS = 1_500
const require = { groups: ['b'] }

/** The pauses of the witness between two questions to an edge, two tokens, and two subjects. */
export interface Pace {
  readonly askMs: number
  readonly mintMs: number
  readonly subjectMs: number
}

/** The pace of a soak. */
export const FAST: Pace = { askMs: 250, mintMs: 500, subjectMs: 1_000 }
/** The pace of a suite that runs beside others. */
export const SLOW: Pace = { askMs: 800, mintMs: 2_000, subjectMs: 2_000 }

/**
 * A client outside of the product, with a clock of its own. It sends changes, mints and asks both edges all the
 * time, and records each answer.
 */
export interface SoakWitness {
  readonly ledger: Ledger
  readonly outages: Outages
  /** Returns the milliseconds since the start. */
  readonly nowMs: () => number
  /** Returns the groups of each subject by the accepted changes. */
  readonly expected: () => ReadonlyMap<string, readonly string[]>
  /** Resolves when everything has worked for a moment, or when the time is over. */
  readonly untilClear: (withinMs: number) => Promise<void>
  /** Ends the traffic, waits for its effects, and compares a new token of each subject with the changes. */
  readonly stop: () => Promise<void>
}

/** Begins the traffic once a token of each standing subject is allowed. */
export async function startSoakWitness(stack: TestStack, pace: Pace): Promise<SoakWitness> {
  const traffic = new Traffic(stack, pace)
  for (const subject of UNTOUCHED) await traffic.grant(subject)
  const stop = new AbortController()
  const running = [
    ...SIDECARS.map((edge) => traffic.askStatus(edge, stop.signal)),
    traffic.mintUntouched(stop.signal),
    traffic.beginLives(stop.signal),
  ]
  return {
    ledger: traffic.ledger,
    outages: traffic.outages,
    nowMs: () => traffic.nowMs(),
    expected: () => traffic.expected,
    async untilClear(withinMs) {
      const deadline = traffic.nowMs() + withinMs
      let clearSince = traffic.nowMs()
      while (traffic.nowMs() < deadline && traffic.nowMs() - clearSince < CLEAR_FOR_MS) {
        await wait(pace.askMs)
        if (!traffic.outages.isClear()) clearSince = traffic.nowMs()
      }
    },
    async stop() {
      stop.abort()
      await Promise.all(running)
      await traffic.compareAll()
    },
  }
}

class Traffic {
  readonly ledger = new Ledger(D_MS)
  readonly outages = new Outages()
  readonly expected = new Map<string, readonly string[]>()
  readonly #stack: TestStack
  readonly #pace: Pace
  readonly #startMs = performance.now()
  readonly #hr: TestSource
  readonly #iga: TestSource
  readonly #tokens = new Map<string, string>()
  #igaTurn: Promise<void> = Promise.resolve()

  constructor(stack: TestStack, pace: Pace) {
    this.#stack = stack
    this.#pace = pace
    this.#hr = sourceOf(stack, 'hr')
    this.#iga = sourceOf(stack, 'iga')
  }

  nowMs(): number {
    return performance.now() - this.#startMs
  }

  /** Gives a subject its values, and mints until a token has them and each edge has allowed one. */
  async grant(subject: string): Promise<boolean> {
    const groups = { subject, claim: 'groups', value: ['a', 'b'] }
    await this.#post(this.#hr, { op: 'set', ...groups })
    this.expected.set(subject, ['a', 'b'])
    const entitlements = { subject, claim: 'entitlements', value: ['invoices:read'] }
    // This source numbers its changes, so it sends one after the other.
    const turn = this.#igaTurn.then(() => this.#post(this.#iga, { op: 'set', ...entitlements }))
    this.#igaTurn = turn
    await turn
    const allowing = new Set<string>()
    return this.#within(LOST_AFTER_MS, async () => {
      const token = await this.#mint(subject)
      if (token === undefined || !groupsOf(token).includes('b')) return false
      this.#tokens.set(subject, token)
      for (const edge of SIDECARS)
        if ((await this.#ask(subject, edge)).decision === 'allow') allowing.add(edge)
      return allowing.size === SIDECARS.length
    })
  }

  async askStatus(edge: (typeof SIDECARS)[number], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answers = await Promise.all(UNTOUCHED.map((subject) => this.#ask(subject, edge)))
      const isAllowed = answers.every(({ decision }) => decision === 'allow')
      this.outages.saw(`${edge} allows`, isAllowed, this.nowMs())
      await wait(this.#pace.askMs)
    }
  }

  async mintUntouched(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn += 1) {
      const subject = UNTOUCHED[turn % UNTOUCHED.length] ?? ''
      const token = await this.#mint(subject)
      this.outages.saw('the authority mints', token !== undefined, this.nowMs())
      if (token !== undefined) this.#tokens.set(subject, token)
      if (token !== undefined && !groupsOf(token).includes('b'))
        this.ledger.differs(subject, `a new token has the groups ${groupsOf(token).join(', ')}`)
      await wait(this.#pace.mintMs)
    }
  }

  /** Every second, a subject gets its values, a token, and loses a value. */
  async beginLives(signal: AbortSignal): Promise<void> {
    const lives: Promise<void>[] = []
    for (let number = 1; !signal.aborted; number += 1) {
      lives.push(this.#live(`subject ${number}`))
      await wait(this.#pace.subjectMs)
    }
    await Promise.all(lives)
  }

  /** Mints a token of each subject, and compares its groups with the accepted changes. */
  async compareAll(): Promise<void> {
    for (const [subject, expected] of this.expected) {
      let found = 'no token'
      const isSame = await this.#within(LOST_AFTER_MS, async () => {
        const token = await this.#mint(subject)
        if (token === undefined) return false
        found = groupsOf(token).toSorted().join(', ')
        return found === expected.join(', ')
      })
      if (!isSame) this.ledger.differs(subject, `a new token has the groups ${found}`)
    }
  }

  async #live(subject: string): Promise<void> {
    // A grant without an effect is found at the end.
    if (!(await this.grant(subject))) return
    await this.#post(this.#hr, { op: 'remove', subject, claim: 'groups', value: 'b' })
    const acceptedMs = this.nowMs()
    this.ledger.accepted(subject, acceptedMs)
    this.expected.set(subject, ['a'])
    await this.#within(LOST_AFTER_MS, async () => {
      for (const edge of SIDECARS) {
        const answered = await this.#ask(subject, edge)
        this.ledger.answered(answered, this.nowMs())
      }
      const isStale = SIDECARS.every((edge) => this.ledger.isStaleAt(subject, edge))
      return isStale && this.nowMs() > acceptedMs + D_MS + PAST_D_MS
    })
  }

  async #ask(subject: string, edge: (typeof SIDECARS)[number]): Promise<Answered> {
    const requestedMs = this.nowMs()
    const token = this.#tokens.get(subject) ?? ''
    const answer = await check(this.#stack, { token, require }, edge).catch(() => undefined)
    const isStale = answer?.claims['groups']?.verdict === 'stale'
    const decision = answer?.decision === 'allow' ? 'allow' : isStale ? 'stale' : 'other'
    return { subject, edge, requestedMs, decision }
  }

  /** Sends a change until the gateway accepts it: the same bytes again, as a source must. */
  async #post(source: TestSource, change: TestChange): Promise<void> {
    let event: Awaited<ReturnType<TestSource['event']>> | undefined
    for (;;) {
      event ??= await source.event(change).catch(() => undefined)
      const answer = event && (await source.post(event).catch(() => undefined))
      const isAccepted = answer?.status === 202
      this.outages.saw('the gateway accepts', isAccepted, this.nowMs())
      if (isAccepted) return
      await wait(BETWEEN_ATTEMPTS_MS)
    }
  }

  #mint(subject: string): Promise<string | undefined> {
    return mintToken(requestFor(this.#stack, subject, 'payments')).then(
      ({ access_token: token }) => token,
      () => undefined,
    )
  }

  async #within(ms: number, isDone: () => Promise<boolean>): Promise<boolean> {
    const deadline = this.nowMs() + ms
    while (this.nowMs() < deadline) {
      if (await isDone()) return true
      await wait(this.#pace.askMs)
    }
    return false
  }
}
