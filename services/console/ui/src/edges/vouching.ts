import type { EdgeHistory, EdgeJson } from '@freshet/insight/answers'
import { isSilent } from '../parts/edge-words.ts'
import { spanOf } from '../parts/words.ts'

type Denied = NonNullable<EdgeHistory['minutes'][number]['denied']>

/** A source that an edge cannot vouch for, as it is shown. */
export interface ShownSource {
  readonly source: string
  /** The name of the source, and of its tenant if the sources are of several. */
  readonly name: string
  /** `since 14 s`, or that it never sent anything. */
  readonly since: string
}

/** The sources that an edge cannot vouch for. `all`: its own view is out. */
export type Vouching =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly sources: readonly ShownSource[]; readonly more: number }

/** Reads them from an edge. Data from before its silence are not its present state. */
export function vouchingOf(
  edge: Pick<EdgeJson, 'standing' | 'unverified'>,
  nowMs: number,
): Vouching {
  const { standing, unverified } = edge
  if (isSilent(edge)) return { kind: 'unknown' }
  if (standing === 'stale' || unverified?.isOutOfView === true) return { kind: 'all' }
  if (unverified === undefined) return { kind: 'unknown' }
  const { sources, more } = unverified
  const isOfSeveral = new Set(sources.map(({ tenant }) => tenant)).size > 1
  const shown = sources.map(({ tenant, source, since }) => ({
    source,
    name: isOfSeveral ? `${source} of ${tenant}` : source,
    since:
      since === null ? 'never heard' : `since ${spanOf(Math.max(0, nowMs - Date.parse(since)))}`,
  }))
  return { kind: 'named', sources: shown, more }
}

/** The denials of some minutes by reason, those without any left out: `6 unverified`. */
export function deniedIn(
  minutes: readonly Pick<EdgeHistory['minutes'][number], 'denied'>[],
): readonly { readonly reason: keyof Denied; readonly count: number }[] {
  const reasons = ['unverified', 'stale', 'insufficient', 'other'] as const
  return reasons
    .map((reason) => ({
      reason,
      count: minutes.reduce((sum, { denied }) => sum + (denied?.[reason] ?? 0), 0),
    }))
    .filter(({ count }) => count > 0)
}
