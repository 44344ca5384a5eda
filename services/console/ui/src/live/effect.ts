import type { LiveChange } from '@freshet/insight/answers'
import { countOf } from '../parts/words.ts'

/** A change is on its way for so long before its state is a warning. */
export const ON_ITS_WAY_MS = 5_000

/** The texts of outcomes that change nothing. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  noop: 'no effect: the state was the same',
  late: 'ignored: a newer change was known',
}

/** The effect of a change on tokens, as a text. */
export function effectOf({
  outcome,
  tightened,
  tokensMarked,
  marking,
}: Pick<LiveChange, 'outcome' | 'tightened' | 'tokensMarked' | 'marking'>): string {
  if (outcome !== 'applied') return WITHOUT_EFFECT[outcome] ?? outcome
  if (!tightened) return 'takes nothing away'
  const text = `${countOf(tokensMarked, 'token')} stale`
  return marking === 'pending' ? `${text} so far` : text
}

/** Returns whether a change that is not complete is still within the usual time. */
export function isOnItsWay(
  { at, completeMs, state }: Pick<LiveChange, 'at' | 'completeMs' | 'state'>,
  nowMs: number,
): boolean {
  return completeMs === null && state !== 'applied' && nowMs - Date.parse(at) < ON_ITS_WAY_MS
}
