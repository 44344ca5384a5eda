import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'

/** Refuses from the first day, which is the default. */
export const ENFORCED = 'always'

/** A day of the calendar, leap years included. */
const DAY =
  '(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))' +
  '|(?:\\d{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)'

/** The form of an enforcement: {@link ENFORCED}, or `observe until` and a day. */
export const enforcementForm: RegExp = new RegExp(`^(?:${ENFORCED}|observe until (?:${DAY}))$`)

const OBSERVED = 'observe until '
const DAY_MS = 86_400_000

/**
 * Returns the time until which a route is observed. `observe until 2026-12-24` observes through the end of
 * that day in UTC, so this is the first millisecond of the next day. `undefined`: it is always enforced.
 * `'malformed'`: the text has another form.
 */
export function observedUntilMs(text: string): number | 'malformed' | undefined {
  if (text === ENFORCED) return undefined
  const dayMs = enforcementForm.test(text)
    ? parseRfc3339(`${text.slice(OBSERVED.length)}T00:00:00Z`)
    : undefined
  return dayMs === undefined ? 'malformed' : dayMs + DAY_MS
}

/** Returns the text that {@link observedUntilMs} reads as this time. */
export function enforcementText(untilMs: number | undefined): string {
  if (untilMs === undefined) return ENFORCED
  return `${OBSERVED}${formatRfc3339(untilMs - DAY_MS).slice(0, 'yyyy-mm-dd'.length)}`
}
