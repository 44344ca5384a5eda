import type { EdgeHistory, EdgeJson } from '@freshet/insight/answers'
import { spanText } from '../age.ts'

/** An edge that sends no reports does not show its present state. */
const SILENT: ReadonlySet<string> = new Set(['disconnected', 'closed'])
const REASONS = ['unverified', 'stale', 'insufficient', 'other'] as const

/** Returns whether the edge names a source that it cannot vouch for. The status shows that a whole view is out. */
export function isUnverified({ standing, unverified }: EdgeJson): boolean {
  if (SILENT.has(standing) || standing === 'stale') return false
  return unverified !== undefined && unverified.sources.length > 0
}

/** The sources that an edge cannot vouch for: `hr, iga`, or in full `hr (since 14s), iga (never heard)`. */
export function unverifiedText(
  edge: EdgeJson,
  { isLong, nowMs }: { readonly isLong: boolean; readonly nowMs: number | undefined },
): string {
  const { standing, unverified } = edge
  if (SILENT.has(standing)) return '?'
  if (standing === 'stale' || unverified?.isOutOfView === true) return 'every source'
  if (unverified === undefined) return '?'
  const { sources, more } = unverified
  const isOfSeveral = new Set(sources.map(({ tenant }) => tenant)).size > 1
  const names = sources.map(({ tenant, source, since }) => {
    const name = isOfSeveral ? `${source} of ${tenant}` : source
    return isLong ? `${name} (${sinceText(since, nowMs)})` : name
  })
  const all = [...names, ...(more === 0 ? [] : [`${more} more`])]
  return all.length === 0 ? '-' : all.join(', ')
}

/** The denials of the last hour by reason, like `6 unverified, 2 stale`. */
export function denialsText(minutes: EdgeHistory['minutes']): string {
  if (minutes.every(({ denied }) => denied === undefined)) return '?'
  const counts = REASONS.flatMap((reason) => {
    const count = minutes.reduce((sum, { denied }) => sum + (denied?.[reason] ?? 0), 0)
    return count === 0 ? [] : [`${count} ${reason}`]
  })
  return counts.length === 0 ? 'none' : counts.join(', ')
}

function sinceText(since: string | null, nowMs: number | undefined): string {
  if (since === null) return 'never heard'
  const ms = nowMs === undefined ? Number.NaN : nowMs - Date.parse(since)
  return `since ${Number.isNaN(ms) ? since : spanText(Math.max(0, ms))}`
}
