import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import { until } from '../../../packages/cli/src/demo/until.ts'
import { differences } from './comparison.ts'
import type { Plant } from './plants.ts'
import { linesOf } from './shown-text.ts'
import type { Agreed, StatesTable } from './states-table.ts'
import { SURFACES, type Shown, type Surface, type Surfaces } from './surfaces.ts'
import { allOf, firstOf, type ShownCause, type Verdict } from './verdict.ts'

/** Faults of the figures show after a lease, an objective or a time limit; a busy machine is slower. */
const SHOWN_WITHIN_MS = 90_000
const OVER_WITHIN_MS = 180_000
/**
 * A probe begins within 10 s, waits 5 s for an answer and 7 s for its refusal. Every other finding needs 10 s at most.
 * So each symptom that the fault has is there before the end.
 */
const ALONE_FOR_MS = 25_000
const POLL_EVERY_MS = 500
/** The longest time of a test that plants a state and ends it. */
export const STATE_WITHIN_MS = 2 * SHOWN_WITHIN_MS + 3 * OVER_WITHIN_MS + ALONE_FOR_MS

/** The state that surfaces must agree on, and the time from which it counts. */
interface Awaited {
  readonly isMeant: (shown: Shown) => boolean
  /** The moment of the fault, by the clock of `performance.now`. */
  readonly sinceMs: number
  readonly withinMs?: number
}

/** Plants states one after the other, and holds all surfaces to the same verdict. */
export class PlantedStates {
  readonly #surfaces: Surfaces
  readonly #table: StatesTable

  constructor(surfaces: Surfaces, table: StatesTable) {
    this.#surfaces = surfaces
    this.#table = table
  }

  /** Waits until the console has a verdict. Resolves with the time that it took. */
  async untilVerdict(isMeant: (verdict: Verdict) => boolean, withinMs = SHOWN_WITHIN_MS) {
    const { ms } = await until('the verdict', withinMs, async () => {
      const verdict = await this.#surfaces.health()
      if (!isMeant(verdict)) throw new Error(JSON.stringify(verdict))
      return true
    })
    return ms
  }

  /** Waits until the state is fresh. */
  async untilFresh(): Promise<void> {
    await this.untilVerdict(({ state }) => state === 'fresh', OVER_WITHIN_MS)
  }

  /** Waits until symptoms of the state before are over. A source that is late would be silent in the next one. */
  async untilUsable(): Promise<void> {
    const isOver = ({ state, causes }: Verdict): boolean =>
      ['fresh', 'degraded'].includes(state) &&
      !causes.some(({ finding }) => finding.startsWith('source'))
    await this.untilVerdict(isOver, OVER_WITHIN_MS)
  }

  /** Waits until every surface shows the same verdict. The error has the text of each of them. */
  async untilSame({ isMeant, sinceMs, withinMs = SHOWN_WITHIN_MS }: Awaited): Promise<Agreed> {
    const afterMs: Partial<Record<Surface, number>> = {}
    const { value } = await until('the same verdict everywhere', withinMs, async () => {
      const shown = await this.#surfaces.read()
      const others = differences(shown)
      const isThere = isMeant(shown)
      if (isThere)
        for (const surface of SURFACES.filter((each) => !others.has(each)))
          afterMs[surface] ??= momentOf(surface, shown, sinceMs) - sinceMs
      if (isThere && others.size === 0) return shown
      const found = [...others].map(([surface, text]) => `${surface} shows ${text}`)
      throw new Error(['', ...linesOf(shown), ...found].join('\n'))
    })
    return { shown: value, afterMs }
  }

  /** Plants a state whose verdict begins so, compares the surfaces, and ends it. Resolves with the verdict. */
  async shows(planted: string, first: string, plant: Plant): Promise<Verdict> {
    const end = await plant()
    let verdict: Verdict
    try {
      verdict = await this.#adds(planted, (each) => firstOf(each) === first)
    } finally {
      await end()
    }
    await this.untilVerdict((each) => firstOf(each) !== first, OVER_WITHIN_MS)
    await this.untilUsable()
    return verdict
  }

  /** As `shows`, and no other cause comes while the fault lasts: what follows from it is a symptom. */
  async showsAlone(planted: string, first: string, plant: Plant): Promise<Verdict> {
    // The last probe of a claim stays broken until its next one. A budget goes on burning for long.
    await this.untilVerdict(({ causes }) => causes.every(isBudget), OVER_WITHIN_MS)
    return this.shows(planted, first, async () => {
      const end = await plant()
      return async () => {
        const others = await this.#othersOf(first)
        await end()
        expect(others).toEqual([])
      }
    })
  }

  /** The verdicts with another cause than this, for longer than a probe and an objective need to break. */
  async #othersOf(first: string): Promise<readonly string[]> {
    const others = new Set<string>()
    const endMs = performance.now() + ALONE_FOR_MS
    while (performance.now() < endMs) {
      const verdict = await this.#surfaces.health()
      const named = { ...verdict, causes: verdict.causes.filter((each) => !isBudget(each)) }
      const isBurning = first.includes(' budget')
      const shown = allOf(isBurning ? verdict : named)
      if (shown !== first.replace(':', ',')) others.add(shown)
      await wait(POLL_EVERY_MS)
    }
    return [...others]
  }

  /** Waits until the command line calls the state unknown because the console is away, and the page as well. */
  async showsAway(planted: string): Promise<void> {
    const isMeant = ({ status }: Shown): boolean =>
      firstOf(status) === 'unknown: consoleAway console'
    this.#table.add(planted, await this.untilSame({ isMeant, sinceMs: performance.now() }))
  }

  /** Plants a state that lasts: one of the causes is this, perhaps behind others. */
  async showsAlso(
    planted: string,
    { finding, object }: Pick<ShownCause, 'finding' | 'object'>,
    plant: Plant,
  ): Promise<void> {
    const isMeant = (cause: ShownCause): boolean =>
      cause.finding === finding && cause.object === object
    await plant()
    await this.#adds(planted, ({ causes }) => causes.some(isMeant), isMeant)
  }

  async #adds(
    planted: string,
    isMeant: (verdict: Verdict) => boolean,
    about?: (cause: ShownCause) => boolean,
  ): Promise<Verdict> {
    const sinceMs = performance.now()
    const before = new Map<string, number>()
    const healthMs = await this.untilVerdict((verdict) => {
      if (isMeant(verdict)) return true
      const first = firstOf(verdict)
      before.set(first, before.get(first) ?? performance.now() - sinceMs)
      return false
    })
    const agreed = await this.untilSame({ isMeant: ({ status }) => isMeant(status), sinceMs })
    const afterMs = { ...agreed.afterMs, '/v1/health': healthMs }
    this.#table.add(planted, { ...agreed, afterMs, before }, about)
    return agreed.shown.status
  }
}

/** A page keeps the moment of its change. Of the other surfaces the moment of the answer is known. */
function momentOf(surface: Surface, { page, atMs }: Shown, sinceMs: number): number {
  const hasChanged = surface === 'page' && page !== null && page.sinceMs > sinceMs
  return hasChanged ? page.sinceMs : atMs[surface]
}

function isBudget({ finding }: ShownCause): boolean {
  return finding.startsWith('budget')
}
