import type { Timer } from '@freshet/wire'
import type { BrokenStep, ProbeMark, ProbeRun, ProbeStep } from './probe-run.ts'
import type { ProbeAnswer, ProbeProgress, ProbeStage, ProbeWorld } from './probe-world.ts'

const IN_ORDER = ['record', 'publish'] as const

/**
 * The first step of the way that did not happen in time. A refusal everywhere is the purpose of the probe:
 * records that lag behind it break nothing of the promise. They are named, because without them the change
 * could not be explained.
 */
function brokenAt(
  open: ReadonlyMap<string, string>,
  progress: ProbeProgress | undefined,
  withinMs: number,
): BrokenStep | null {
  if (open.size === 0 && progress?.isApplied === true) return null
  const late = (step: BrokenStep['step'], at: string | null, more = ''): BrokenStep => {
    return { step, at, why: `not within ${withinMs} ms${more}` }
  }
  const reached = new Set(progress?.stages.map(({ step }) => step))
  const missing = IN_ORDER.find((step) => !reached.has(step))
  if (missing !== undefined) return late(missing, null)
  const [edge] = progress?.missing ?? []
  if (edge !== undefined) return late('apply', edge)
  const [target] = open
  return target === undefined ? late('apply', null) : late('denied', target[0], `: ${target[1]}`)
}

/** Times of a probe. Monotonic ones are not needed: each result names its clock. */
export interface ProbeTerms {
  readonly clock: Pick<Timer, 'nowMs' | 'sleep'>
  /** The time from sending the removal until every place must have refused. */
  readonly withinMs: number
  readonly everyMs: number
  readonly signal: AbortSignal
}

/**
 * Removes a value and observes: before it, every place must allow a token that carries it; after it, every
 * place must refuse it. Names the first step that does not hold; never throws. The earlier state is restored
 * either way.
 */
export async function runProbe(world: ProbeWorld, terms: ProbeTerms): Promise<ProbeRun> {
  const walk = new Walk(world, terms)
  const run = await walk.way()
  const restored = await walk.make('restore', null, () => world.restore())
  const marks = walk.marks
  return { ...run, marks, broken: run.broken ?? ('broken' in restored ? restored.broken : null) }
}

type Made<T> = { readonly value: T } | { readonly broken: BrokenStep }
type Way = Omit<ProbeRun, 'marks'>

class Walk {
  readonly marks: ProbeMark[] = []
  readonly #world: ProbeWorld
  readonly #terms: ProbeTerms

  constructor(world: ProbeWorld, terms: ProbeTerms) {
    this.#world = world
    this.#terms = terms
  }

  /** One step; its failure is returned, not thrown. */
  async make<T>(step: ProbeStep, at: string | null, work: () => Promise<T>): Promise<Made<T>> {
    try {
      const value = await work()
      this.marks.push({ step, at, atMs: this.#terms.clock.nowMs(), clock: 'probe' })
      return { value }
    } catch (error) {
      return { broken: { step, at, why: whyOf(error) } }
    }
  }

  async way(): Promise<Way> {
    const world = this.#world
    const granted = await this.make('grant', null, () => world.grant())
    if ('broken' in granted) return stopped(granted)
    const token = await this.make('mint', null, () => world.mint())
    if ('broken' in token) return stopped(token)
    for (const target of world.targets) {
      const before = await this.make('allowed', target, async () =>
        mustAllow(await world.ask(target, token.value)),
      )
      if ('broken' in before) return stopped(before)
    }
    const sentAtMs = this.#terms.clock.nowMs()
    const change = await this.make('accept', null, () => world.remove())
    if ('broken' in change) return stopped(change)
    return this.#watch(token.value, change.value, sentAtMs)
  }

  /** Asks places and records in turn, until every place refuses and the records are complete. */
  async #watch(token: string, change: string, sentAtMs: number): Promise<Way> {
    const { clock, withinMs, everyMs, signal } = this.#terms
    const open = new Map(
      this.#world.targets.map((target): [string, string] => [target, 'was not asked']),
    )
    let progress: ProbeProgress | undefined
    let tookMs: number | null = null
    while (!signal.aborted && clock.nowMs() - sentAtMs <= withinMs) {
      await this.#askOpen(open, token)
      if (open.size === 0) tookMs ??= clock.nowMs() - sentAtMs
      progress = (await this.#world.progress(change).catch(() => undefined)) ?? progress
      if (open.size === 0 && progress?.isApplied === true) break
      await clock.sleep(everyMs, signal)
    }
    this.#addStages(progress?.stages ?? [])
    return { change, broken: brokenAt(open, progress, withinMs), tookMs }
  }

  async #askOpen(open: Map<string, string>, token: string): Promise<void> {
    for (const target of open.keys()) {
      const { answer, summary } = await this.#world.ask(target, token).catch(unclear)
      open.set(target, summary)
      if (answer !== 'refused') continue
      open.delete(target)
      this.marks.push({
        step: 'denied',
        at: target,
        atMs: this.#terms.clock.nowMs(),
        clock: 'probe',
      })
    }
  }

  #addStages(stages: readonly ProbeStage[]): void {
    const added = stages.map(({ step, edge, atMs, clock }) => ({ step, at: edge, atMs, clock }))
    const at = this.marks.findIndex(({ step }) => step === 'denied')
    this.marks.splice(at < 0 ? this.marks.length : at, 0, ...added)
  }
}

function stopped({ broken }: { readonly broken: BrokenStep }): Way {
  return { change: null, broken, tookMs: null }
}

function mustAllow({ answer, summary }: ProbeAnswer): void {
  if (answer !== 'allowed') throw new NotAllowed(summary)
}

/** A target that should have let the token in. */
class NotAllowed extends Error {}

function unclear(error: unknown): ProbeAnswer {
  return { answer: 'unclear', summary: whyOf(error) }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : 'failed'
}
