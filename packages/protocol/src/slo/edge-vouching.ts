/** The report of an edge about its sources, as far as it has one. */
export interface VouchingReport {
  readonly standing: string
  readonly unverified?:
    | {
        readonly isOutOfView: boolean
        readonly sources: readonly {
          readonly tenant: string
          readonly source: string
          readonly since: string | null
        }[]
        readonly more: number
      }
    | undefined
}

type Reason = (typeof REASONS)[number]

/** A minute with its denials, if the edge gave reasons. */
export interface DeniedMinute {
  readonly denied?: Readonly<Record<Reason, number>> | undefined
}

/** A source that an edge cannot vouch for. */
export interface UnvouchedSource {
  readonly source: string
  /** The name of the source, and of its tenant if the sources are of several. */
  readonly name: string
  /** RFC 3339; null if the edge never received anything from the source. */
  readonly since: string | null
}

/** The sources that an edge cannot vouch for. `all`: its own view is out. */
export type Vouching =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly sources: readonly UnvouchedSource[]; readonly more: number }

/** The data of an edge from before its silence do not show its present state. */
const SILENT: ReadonlySet<string> = new Set(['disconnected', 'closed'])
const REASONS = ['unverified', 'stale', 'insufficient', 'other'] as const

/** The sources that an edge cannot vouch for, by its report. An edge of an earlier release reports none. */
export function vouchingOf({ standing, unverified }: VouchingReport): Vouching {
  if (SILENT.has(standing)) return { kind: 'unknown' }
  if (standing === 'stale' || unverified?.isOutOfView === true) return { kind: 'all' }
  if (unverified === undefined) return { kind: 'unknown' }
  const { sources, more } = unverified
  const isOfSeveral = new Set(sources.map(({ tenant }) => tenant)).size > 1
  const named = sources.map(({ tenant, source, since }) => ({
    source,
    name: isOfSeveral ? `${source} of ${tenant}` : source,
    since,
  }))
  return { kind: 'named', sources: named, more }
}

/** The denials of some minutes by reason, without the reasons that have none. */
export function deniedIn(
  minutes: readonly DeniedMinute[],
): readonly { readonly reason: Reason; readonly count: number }[] {
  const counts = REASONS.map((reason) => ({
    reason,
    count: minutes.reduce((sum, { denied }) => sum + (denied?.[reason] ?? 0), 0),
  }))
  return counts.filter(({ count }) => count > 0)
}
