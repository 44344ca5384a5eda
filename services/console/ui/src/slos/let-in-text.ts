import type { SloJson } from '@freshet/insight/answers'

/** The requests that were let in, and the number that the objective allows: `7 let in, 0.4 allowed`. */
export function letInText({
  good,
  valid,
  target,
}: Pick<SloJson, 'good' | 'valid' | 'target'>): string {
  const allowed = valid * (1 - target)
  const shown = allowed < 10 ? allowed.toFixed(1) : Math.round(allowed).toLocaleString('en')
  return `${(valid - good).toLocaleString('en')} let in, ${shown} allowed`
}
