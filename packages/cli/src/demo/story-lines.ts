import { until } from './until.ts'
import type { DemoVerdict, DemoWorld } from './world.ts'

/** The group that the story is about. */
export const APPROVERS = 'payments-approvers'
/** Lease of the HR source plus the clock tolerance: D of the promise. */
export const PROMISED_MS = 7_000
export const SOON_MS = 15_000

/** Resolves when a change was recorded. @throws `limit.reached` */
export function recorded(world: DemoWorld, id: string): Promise<unknown> {
  return until(`recording of ${id}`, SOON_MS, async () => {
    const progress = await world.progress(id)
    return progress && progress.state !== 'pending' ? progress : undefined
  })
}

/** A time in seconds, like `5.12 s`. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** An edge's answer on one line. */
export function verdictLine(answer: DemoVerdict): string {
  const { edge, decision, verdict, reason, change, source } = answer
  const why = [reason, change, source].filter((part) => part !== undefined).join(', ')
  return `${edge.padEnd(12)} ${decision.padEnd(9)} ${verdict}${why ? ` (${why})` : ''}`
}
