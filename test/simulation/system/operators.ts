import { FreshetError, OWN_SOURCE } from '@freshet/protocol'
import { ownChangeId, type OwnStatement } from '@freshet/intake'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { Process } from '../kernel/process.ts'
import { ask, type Asking } from './ask.ts'
import { AUDIENCE, GRANT_MAX_MS, TOLERANCE_MS } from './deployment.ts'
import type { GatewayCalls } from './gateways.ts'
import type { Random } from '../random.ts'
import type { Fact, CommittedFact } from './truth.ts'
import { CLIENTS } from './workload.ts'
import { nameIn, violate, type World } from './world.ts'

/** Routes that operators can open; another one is observed. */
export const ROUTES = ['POST /approve', 'GET /ledger'] as const

const LASTS_MS = [3_000, 15_000] as const
const TOO_LONG = 0.1
/**
 * The excess of a grant that is too long, beyond the difference between clocks: its order can be delayed for
 * so long.
 */
const TOO_LONG_BY_MS = 20_000
const CLOSED = 0.5
const CLOSES_AFTER_MS = [200, 3_000] as const
const ASKS_AGAIN_MS = [200, 1_000] as const
/** Fewer tokens need no confirmation; some end before they are counted. */
const GUARDED_MIN = 11
const MISTAKEN = 0.8

/** A route that an operator opened for a claim. */
export interface Opened {
  readonly id: string
  readonly route: string
  readonly claim: string
  /** The end by the operator's clock. */
  readonly untilMs: number
  /** The time by which it was closed for certain, in true time. */
  closedMs?: number
}

/** A fact that removes rights of all subjects. */
type TakesAway = Extract<Fact, { kind: 'cut-off' | 'denied' }>

/** Operators: their orders go through the gateways, in the product's own name. */
export class Operators {
  readonly #world: World
  readonly #process: Process
  readonly #random: Random
  readonly #gateways: Asking<GatewayCalls>
  #orders = 0

  constructor(world: World) {
    this.#world = world
    this.#process = new Process(nameIn(world, 'operators'), world.kernel, { offsetMs: 0 })
    this.#random = world.kernel.random(this.#process.name)
    this.#gateways = { asker: this.#process, servers: world.gateways, random: this.#random }
  }

  start(): void {
    const { kernel, mix, faults } = this.#world
    const every = (ms: number, work: () => Promise<void>): void =>
      kernel.every(
        ms,
        this.#random,
        () => void work(),
        () => faults.isOver,
      )
    every(mix.orderEveryMs, () => this.#takeAway())
    every(mix.openEveryMs, () => this.#open())
  }

  /** Orders without a confirmation. If one is needed, the order was a mistake, or it is confirmed. */
  async #takeAway(): Promise<void> {
    const { tenant, tokens, faults } = this.#world
    const isMistake = this.#outstanding() >= GUARDED_MIN && this.#random.chance(MISTAKEN)
    const last = tokens.slice(-10)
    const isOne = last.length > 0 && this.#random.chance(0.4)
    const fact: TakesAway = isMistake
      ? { kind: 'cut-off', scope: 'tenant', target: tenant }
      : isOne
        ? { kind: 'denied', scope: 'token', target: this.#random.pick(last).jti }
        : { kind: 'cut-off', scope: 'client', target: this.#random.pick(CLIENTS) }
    if (!faults.strike(isMistake ? 'ordered by mistake' : 'ordered')) return
    await this.#order(fact, isMistake)
  }

  async #order(fact: TakesAway, isMistake: boolean): Promise<void> {
    const { truth, kernel, faults, orders, tenant } = this.#world
    const own = { tenant, statement: this.#statementOf(fact) }
    const ordered: CommittedFact = {
      id: ownChangeId(own.statement),
      source: OWN_SOURCE,
      atMs: kernel.nowMs,
      fact,
    }
    const question = { tenant, scope: fact.scope, target: fact.target }
    this.#process.log(`orders ${ordered.id} ${JSON.stringify(fact)}`)
    truth.order(ordered)
    let isConfirmed = false
    let isUnknown = false
    const put = (gateway: GatewayCalls): Promise<unknown> =>
      isConfirmed ? gateway.acceptOwnChange(own) : gateway.order(own, question)
    orders.add(ordered.id)
    for (;;) {
      const answer = await this.#ask(put)
      if (answer === 'taken') break
      if (answer === 'unanswered') isUnknown = true
      else {
        faults.count('order to be confirmed')
        // An order that was lost on its way can have been accepted all the same.
        if (isMistake && !isUnknown) truth.refuse(ordered)
        if (isMistake) return this.#done(ordered.id, 'given up')
        isConfirmed = true
      }
      await this.#process.wait(this.#random.between(...ASKS_AGAIN_MS))
    }
    truth.add({ ...ordered, atMs: kernel.nowMs })
    return this.#done(ordered.id, 'taken')
  }

  #done(id: string, how: 'taken' | 'given up'): void {
    this.#world.orders.delete(id)
    this.#process.log(`${how === 'taken' ? 'hears 202 for' : 'gives up'} ${id}`)
  }

  async #ask(
    put: (gateway: GatewayCalls) => Promise<unknown>,
  ): Promise<'taken' | 'unanswered' | 'refused'> {
    try {
      const answer = await ask(this.#world, this.#gateways, put)
      return answer === undefined ? 'unanswered' : 'taken'
    } catch (error) {
      if (!(error instanceof FreshetError)) throw error
      if (error.code !== 'request.unconfirmed' && error.code !== 'event.forbidden')
        violate(this.#world, 'S11', `an operator is refused: ${error.code} ${error.message}`)
      return 'refused'
    }
  }

  #statementOf({ kind, scope, target }: TakesAway): OwnStatement {
    this.#orders += 1
    if (kind === 'denied') return { kind: 'deny', scope, target, ...this.#endOf(target) }
    return { kind, scope, target, order: `order-${this.#orders}` }
  }

  /** A token is denied in the form of its client's request: until it expires. */
  #endOf(jti: string): { readonly expMs?: number } {
    const { tokens, guards } = this.#world
    const expMs = tokens.find((each) => each.jti === jti)?.expMs
    return expMs === undefined ? {} : { expMs: guards.denialEndMs?.(expMs) ?? expMs }
  }

  async #open(): Promise<void> {
    const { tenant, grants, orders, faults, kernel } = this.#world
    const random = this.#random
    const isTooLong = random.chance(TOO_LONG)
    const lastsMs = isTooLong
      ? GRANT_MAX_MS + TOLERANCE_MS + TOO_LONG_BY_MS
      : random.between(...LASTS_MS)
    const untilMs = this.#process.timer.nowMs() + lastsMs
    const at = { route: random.pick(ROUTES), claim: random.pick(AUDIENCE.claims), untilMs }
    if (!faults.strike(isTooLong ? 'opened for too long' : 'opened')) return
    this.#orders += 1
    const terms = { audience: AUDIENCE.name, by: 'operator', reason: 'nobody answers' }
    const statement = { kind: 'open', ...at, ...terms, order: `open-${this.#orders}` } as const
    const opened: Opened = { id: ownChangeId(statement), ...at }
    if (!isTooLong) grants.push(opened)
    this.#process.log(`opens ${at.route} for ${at.claim} until ${untilMs - EPOCH_MS}: ${opened.id}`)
    orders.add(opened.id)
    const isTaken = await this.#untilAnswered((gateway) =>
      gateway.acceptOwnChange({ tenant, statement }),
    )
    orders.delete(opened.id)
    // The remaining time counts when the order is accepted, and that was before the answer.
    const isLongStill = untilMs - this.#process.timer.nowMs() > GRANT_MAX_MS + TOLERANCE_MS
    if (isTaken && isLongStill) violate(this.#world, 'guards', 'a route was opened for too long')
    if (!isTaken || !random.chance(CLOSED)) return
    await this.#process.wait(random.between(...CLOSES_AFTER_MS))
    orders.add(opened.id)
    const { by, reason } = terms
    const closing = { kind: 'close', opening: opened.id, by, reason } as const
    await this.#untilAnswered((gateway) => gateway.acceptOwnChange({ tenant, statement: closing }))
    orders.delete(opened.id)
    opened.closedMs = kernel.nowMs
    faults.count('closed')
    this.#process.log(`closes ${opened.id}`)
  }

  /** Resolves with whether the order was accepted. */
  async #untilAnswered(put: (gateway: GatewayCalls) => Promise<unknown>): Promise<boolean> {
    for (;;) {
      const answer = await this.#ask(put)
      if (answer !== 'unanswered') return answer === 'taken'
      await this.#process.wait(this.#random.between(...ASKS_AGAIN_MS))
    }
  }

  /** Returns the number of tokens that the ledger counts as outstanding. */
  #outstanding(): number {
    const { database, tenant, kernel } = this.#world
    const soonMs = EPOCH_MS + kernel.nowMs + TOLERANCE_MS
    const isOut = (row: { tenant: string; stale: unknown; expMs: number }): boolean =>
      row.tenant === tenant && row.stale === null && row.expMs > soonMs
    return database.tokens.values().filter(isOut).length
  }
}
