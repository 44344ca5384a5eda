import type { ObservedState, StateReader } from '@freshet/insight'
import type { Lag, SloJson } from '@freshet/insight/answers'
import type { HealthFigures } from '@freshet/insight/findings'
import { WAITING, type QuarantineStore } from '@freshet/reconciler'
import type { Timer } from '@freshet/wire'
import { countJson } from '../quarantine/quarantine-routes.ts'
import { StateMoves } from './state-moves.ts'

/** The time between two renewals while nothing moves: what an idle system pays. */
const EVERY_MS = 5_000
/** The same time after something moved. */
const SOON_MS = 1_000
/** The time between two renewals is at least this multiple of the time that one takes. */
const TIMES_OWN = 10

/** The parts that slow figures are read from. */
export interface SlowParts {
  readonly state: Pick<StateReader, 'recordingLag'>
  readonly quarantine: Pick<QuarantineStore, 'counts'>
  readonly slos: () => Promise<readonly SloJson[]>
  readonly timer: Timer
}

/** The figures of one renewal; none before the first, and after one that failed. */
export interface Slow extends Pick<HealthFigures, 'quarantined' | 'slos'> {
  readonly recording?: Lag['recording']
}

/**
 * Figures that cost more than the state, and for which the verdict does not wait. They are renewed within a second
 * after something moved that they depend on, and otherwise every five seconds. The state shows records, pauses and the
 * quarantine; measurements are reported by `measured`. A database that is away is noticed by the state.
 */
export class SlowFigures {
  readonly #parts: SlowParts
  readonly #moves = new StateMoves()
  #last: Slow = {}
  #state: ObservedState | undefined
  #hasMoved = false
  #startedAtMs = Number.NEGATIVE_INFINITY
  #tookMs = 0
  #isRenewing = false
  #onRenewed: () => void = () => {}

  constructor(parts: SlowParts) {
    this.#parts = parts
  }

  /** The figures of the last renewal. */
  get last(): Slow {
    return this.#last
  }

  /** Calls this after each renewal. */
  listen(onRenewed: () => void): void {
    this.#onRenewed = onRenewed
  }

  /** Takes a state that was read, and renews the figures if they are due. */
  see(state: ObservedState): void {
    this.#state = state
    if (this.#moves.see(state)) this.#hasMoved = true
    this.#renewIfDue()
  }

  /** A turn of measuring stored something: the objectives are counted again. */
  measured(): void {
    this.#hasMoved = true
    this.#renewIfDue()
  }

  /** Starts a renewal if the last one is long enough ago; one is under way at a time. */
  #renewIfDue(): void {
    const { timer } = this.#parts
    const state = this.#state
    if (this.#isRenewing || state === undefined) return
    const soonMs = Math.max(SOON_MS, TIMES_OWN * this.#tookMs)
    const restMs = this.#hasMoved ? Math.min(EVERY_MS, soonMs) : EVERY_MS
    if (timer.monotonicMs() - this.#startedAtMs < restMs) return
    this.#hasMoved = false
    void this.#renew(state)
  }

  async #renew(state: ObservedState): Promise<void> {
    const { timer } = this.#parts
    this.#isRenewing = true
    this.#startedAtMs = timer.monotonicMs()
    this.#last = await this.#read(state).catch((): Slow => ({}))
    this.#tookMs = timer.monotonicMs() - this.#startedAtMs
    this.#isRenewing = false
    this.#onRenewed()
  }

  async #read(state: ObservedState): Promise<Slow> {
    const { state: reader, quarantine, slos: objectives } = this.#parts
    const [recording, counts, slos] = await Promise.all([
      reader.recordingLag(state),
      quarantine.counts({ states: WAITING }),
      objectives(),
    ])
    return { recording, quarantined: { counts: counts.map(countJson) }, slos }
  }
}
