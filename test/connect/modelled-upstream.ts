import { FreshetError } from '@freshet/protocol'
import type { Connector, Hint, Row } from '@freshet/connect'
import type { Timer } from '@freshet/wire'
import type { Kernel } from '../simulation/kernel/kernel.ts'
import type { Random } from '../simulation/random.ts'

/** One commit: from `atMs` on, the subject has these values. */
interface Commit {
  readonly atMs: number
  readonly sub: string
  readonly values: ReadonlySet<string>
  /** The time from which hints name it. Absent: no hint ever does. */
  readonly visibleMs?: number
}

/** The delays and faults of the upstream system. */
export interface UpstreamFaults {
  /** Longest delay of an event, and longest age of a state that a read returns. */
  readonly settleMs: number
  readonly unannounced: number
  readonly readFails: number
}

/** The upstream system names subjects by keys of its own. */
const KEY_PREFIX = 'key-'
const keyOf = (sub: string): string => `${KEY_PREFIX}${sub}`

type Ask = (ms: number, signal: AbortSignal) => Promise<void>

interface Poll {
  readonly timer: Timer
  readonly intervalMs: number
  readonly random: Random
  readonly ask: Ask
}

/** An identity system whose events are late, repeated and reordered, and whose reads are stale by at most `settleMs`. */
export class ModelledUpstream {
  readonly #kernel: Kernel
  readonly #random: Random
  readonly #faults: UpstreamFaults
  readonly #commits: Commit[] = []
  readonly #restores: { readonly atMs: number; readonly visibleMs: number }[] = []

  constructor(kernel: Kernel, faults: UpstreamFaults) {
    this.#kernel = kernel
    this.#random = kernel.random('upstream')
    this.#faults = faults
  }

  commit(sub: string, values: ReadonlySet<string>): void {
    const atMs = this.#kernel.nowMs
    const { settleMs, unannounced } = this.#faults
    const isAnnounced = !this.#random.chance(unannounced)
    const visibleMs = atMs + this.#random.below(settleMs)
    this.#commits.push({ atMs, sub, values, ...(isAnnounced && { visibleMs }) })
  }

  /** The database of the upstream system becomes an earlier copy of itself. One event announces it. */
  restore(copyMs: number): void {
    const atMs = this.#kernel.nowMs
    const subs = new Set(this.#commits.map(({ sub }) => sub))
    for (const sub of subs) this.#commits.push({ atMs, sub, values: this.#valuesAt(sub, copyMs) })
    this.#restores.push({ atMs, visibleMs: atMs + this.#random.below(this.#faults.settleMs) })
  }

  /** Returns the last time at which the subject had the value; `Infinity`: it has it. */
  lastHad(sub: string, value: string): number {
    const own = this.#commits.filter((each) => each.sub === sub)
    for (let at = own.length - 1; at >= 0; at -= 1) {
      if (own[at]?.values.has(value)) return own[at + 1]?.atMs ?? Number.POSITIVE_INFINITY
    }
    return Number.NEGATIVE_INFINITY
  }

  #valuesAt(sub: string, atMs: number): ReadonlySet<string> {
    return (
      this.#commits.findLast((each) => each.sub === sub && each.atMs <= atMs)?.values ?? new Set()
    )
  }

  /** A connector of one process. `within` delays each answer, and fails once the process is paused or gone. */
  connector(timer: Timer, intervalMs: number, random: Random): Connector {
    const ask: Ask = async (ms, signal) => {
      await timer.sleep(random.below(ms), signal)
      if (random.chance(this.#faults.readFails))
        throw new FreshetError('connect.unavailable', 'No answer.')
    }
    const row = (sub: string): Row | undefined => {
      const values = this.#valuesAt(sub, this.#kernel.nowMs - random.below(this.#faults.settleMs))
      return values.size === 0
        ? undefined
        : { key: keyOf(sub), attributes: { id: sub, roles: [...values] } }
    }
    return {
      covers: 'upstream',
      hints: (cursor, signal) => this.#hints(cursor, signal, { timer, intervalMs, random, ask }),
      read: async (key, signal) => {
        await ask(60, signal)
        const found = row(key.slice(KEY_PREFIX.length))
        await ask(60, signal)
        return found
      },
      list: (signal) => this.#list(signal, { ask, row }),
    }
  }

  async *#hints(
    cursor: string | undefined,
    signal: AbortSignal,
    { timer, intervalMs, random, ask }: Poll,
  ): AsyncGenerator<Hint> {
    let fromMs = cursor === undefined ? 0 : Number(cursor)
    if (cursor === undefined) yield { kind: 'touched-all', why: 'the first read' }
    while (!signal.aborted) {
      const startedMs = timer.monotonicMs()
      const untilMs = this.#kernel.nowMs
      await ask(100, signal)
      for (const hint of this.#hintsBetween(fromMs, untilMs, random)) yield hint
      yield { kind: 'drained', cursor: String(untilMs), startedMs }
      fromMs = untilMs
      await timer.sleep(intervalMs, signal)
    }
  }

  async *#list(
    signal: AbortSignal,
    { ask, row }: { readonly ask: Ask; readonly row: (sub: string) => Row | undefined },
  ): AsyncGenerator<Row> {
    for (const sub of new Set(this.#commits.map((each) => each.sub))) {
      await ask(20, signal)
      const found = row(sub)
      if (found !== undefined) yield found
    }
  }

  /** The events that became visible in between, some of them twice, in any order. */
  #hintsBetween(fromMs: number, untilMs: number, random: Random): readonly Hint[] {
    const isVisible = (visibleMs: number | undefined): boolean =>
      visibleMs !== undefined && visibleMs > fromMs && visibleMs <= untilMs
    const hints: Hint[] = this.#commits
      .filter(({ visibleMs }) => isVisible(visibleMs))
      .map(({ sub, atMs }) => ({ kind: 'touched', key: keyOf(sub), committedMs: atMs }))
    if (this.#restores.some(({ visibleMs }) => isVisible(visibleMs)))
      hints.push({ kind: 'touched-all', why: 'a restore' })
    const repeated = hints.filter(() => random.chance(0.2))
    return [...hints, ...repeated]
      .map((hint) => ({ hint, place: random.below(1_000) }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ hint }) => hint)
  }
}
