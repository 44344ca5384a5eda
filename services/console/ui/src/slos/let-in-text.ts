import type { SloJson } from '@freshet/insight/answers'
import { figureOf } from './slo-words.ts'

/** The requests that were let in, and the number that the objective allows: `7 let in, 0.4 allowed`. */
export function letInText({
  good,
  valid,
  target,
}: Pick<SloJson, 'good' | 'valid' | 'target'>): string {
  if (valid === 0) return 'no requests yet'
  return `${(valid - good).toLocaleString('en')} let in, ${figureOf(valid * (1 - target))} allowed`
}
