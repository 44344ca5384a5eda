import type { ObservedState, StateReader } from '@freshet/insight'
import type { Lag, SloJson } from '@freshet/insight/answers'
import type { HealthFigures } from '@freshet/insight/findings'
import { WAITING, type QuarantineStore } from '@freshet/reconciler'
import type { Timer } from '@freshet/wire'
import { countJson } from '../quarantine/quarantine-json.ts'

/** These figures change slowly, or cost a read of a topic. */
const EVERY_MS = 5_000

/** The parts that slow figures are read from. */
export interface SlowParts {
  readonly state: Pick<StateReader, 'recordingLag'>
  readonly quarantine: Pick<QuarantineStore, 'counts'>
  readonly slos: () => Promise<readonly SloJson[]>
  readonly timer: Timer
}

/** The figures of one renewal; none before the first, and after one that failed. */
export interface Slow extends Pick<HealthFigures, 'parked' | 'slos'> {
  readonly recording?: Lag['recording']
}

/** Figures that the verdict does not wait for. A database that is away is noticed by the others. */
export class SlowFigures {
  readonly #parts: SlowParts
  #last: Slow = {}
  #startedAtMs = Number.NEGATIVE_INFINITY
  #renewing: Promise<void> | undefined

  constructor(parts: SlowParts) {
    this.#parts = parts
  }

  /** The figures of the last renewal. */
  get last(): Slow {
    return this.#last
  }

  /** Takes a state that was read, and renews the figures if they are due; one renewal is under way at a time. */
  see(state: ObservedState): void {
    const nowMs = this.#parts.timer.monotonicMs()
    if (this.#renewing !== undefined || nowMs - this.#startedAtMs < EVERY_MS) return
    this.#startedAtMs = nowMs
    this.#renewing = this.#renew(state).finally(() => (this.#renewing = undefined))
  }

  async #renew(state: ObservedState): Promise<void> {
    this.#last = await this.#read(state).catch((): Slow => ({}))
  }

  async #read(state: ObservedState): Promise<Slow> {
    const { state: reader, quarantine, slos: objectives } = this.#parts
    const [recording, counts, slos] = await Promise.all([
      reader.recordingLag(state),
      quarantine.counts({ states: WAITING }),
      objectives(),
    ])
    return { recording, parked: { counts: counts.map(countJson) }, slos }
  }
}
