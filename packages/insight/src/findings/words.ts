import { parseRfc3339 } from '@freshet/wire/rfc3339'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Returns the milliseconds since 1970 of a time in an answer; `NaN` where there is none. */
export function timeMs(text: string | null | undefined): number {
  return parseRfc3339(text ?? '') ?? Number.NaN
}

/** A span in two figures or so: `340 ms`, `2.4 s`, `3 min`, `5 h`, `2 d`. */
export function spanOf(ms: number): string {
  const size = Math.abs(ms)
  if (size < SECOND_MS) return `${Math.round(ms)} ms`
  if (size < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(size < 10 * SECOND_MS ? 1 : 0)} s`
  if (size < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return size < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} d`
}

/**
 * Quotes a text as one argument of a shell's command line, whatever it contains: a copied line must not run
 * anything else.
 */
export function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** `3 edges`, `1 edge`. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
