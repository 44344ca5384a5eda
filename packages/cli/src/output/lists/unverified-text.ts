import type { EdgeHistory, EdgeJson } from '@freshet/insight/answers'
import { deniedIn, vouchingOf } from '@freshet/protocol'
import { spanText } from '../age.ts'

/** Returns whether the edge names a source that it cannot vouch for. The status shows that a whole view is out. */
export function isUnverified(edge: EdgeJson): boolean {
  const vouching = vouchingOf(edge)
  return vouching.kind === 'named' && vouching.sources.length > 0
}

/** The sources that an edge cannot vouch for: `hr, iga`, or in full `hr (since 14s), iga (never heard)`. */
export function unverifiedText(
  edge: EdgeJson,
  { isLong, nowMs }: { readonly isLong: boolean; readonly nowMs: number | undefined },
): string {
  const vouching = vouchingOf(edge)
  if (vouching.kind === 'unknown') return '?'
  if (vouching.kind === 'all') return 'every source'
  const names = vouching.sources.map(({ name, since }) =>
    isLong ? `${name} (${sinceText(since, nowMs)})` : name,
  )
  const all = [...names, ...(vouching.more === 0 ? [] : [`${vouching.more} more`])]
  return all.length === 0 ? '-' : all.join(', ')
}

/** The denials of the last hour by reason, like `6 unverified, 2 stale`. */
export function denialsText(minutes: EdgeHistory['minutes']): string {
  if (minutes.every(({ denied }) => denied === undefined)) return '?'
  const counts = deniedIn(minutes).map(({ reason, count }) => `${count} ${reason}`)
  return counts.length === 0 ? 'none' : counts.join(', ')
}

function sinceText(since: string | null, nowMs: number | undefined): string {
  if (since === null) return 'never heard'
  const ms = nowMs === undefined ? Number.NaN : nowMs - Date.parse(since)
  return `since ${Number.isNaN(ms) ? since : spanText(Math.max(0, ms))}`
}
