import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestStack } from '../e2e/test-stack.ts'
import { waysInto, type Holder } from './ways.ts'

const BETWEEN_ROUNDS_MS = 200

/** A holder that must not get in from a time on, by the clock of the prober. */
export interface Forbidden extends Holder {
  /** Why it must not. */
  readonly because: string
  readonly fromMs: number
  /** True if only the token is refused: its subject can get another one. */
  readonly isTokenAlone?: true
}

/** A holder that got in although it must not. */
export interface LetIn {
  readonly subject: string
  readonly because: string
  readonly way: string
  readonly afterMs: number
}

/** Tries each way in with each forbidden holder, without a pause until it stops. */
export interface Prober extends AsyncDisposable {
  readonly letIn: readonly LetIn[]
  /** The number of refusals, by way. */
  readonly refusals: ReadonlyMap<string, number>
  forbid(holder: Forbidden): void
  pardon(subject: string): void
  /** Resolves when every holder is forbidden. */
  untilForbidden(): Promise<void>
}

/** Starts to try. A service that does not answer refuses. */
export function startProber(stack: TestStack): Prober {
  const forbidden = new Map<string, Forbidden>()
  const letIn: LetIn[] = []
  const refusals = new Map<string, number>()
  const stop = new AbortController()
  const loops = Object.entries(waysInto(stack)).map(async ([way, lets]) => {
    while (!stop.signal.aborted) {
      for (const holder of forbidden.values()) {
        const { subject, because, fromMs, isTokenAlone } = holder
        const startedMs = performance.now()
        if (startedMs < fromMs || (isTokenAlone && way === 'mint')) continue
        const isIn = await lets(holder).catch(() => false)
        if (isIn) letIn.push({ subject, because, way, afterMs: Math.round(startedMs - fromMs) })
        else refusals.set(way, (refusals.get(way) ?? 0) + 1)
      }
      await wait(BETWEEN_ROUNDS_MS)
    }
  })
  return {
    letIn,
    refusals,
    forbid: (holder) => void forbidden.set(holder.subject, holder),
    pardon: (subject) => void forbidden.delete(subject),
    async untilForbidden() {
      const fromMs = [...forbidden.values()].map((holder) => holder.fromMs)
      await wait(Math.max(0, ...fromMs.map((ms) => ms - performance.now())))
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(loops)
    },
  }
}
