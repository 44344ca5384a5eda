import type { WireUnverified } from './edge-report-schema.ts'
import { formatRfc3339 } from '../json/rfc3339.ts'

/** The sources that an edge cannot vouch for: a claim of them is unverified there. */
export interface UnverifiedSources {
  /** The edge's own view is too old or not complete. It names no source then. */
  readonly isOutOfView: boolean
  /** At most {@link UNVERIFIED_SOURCES_MAX}. */
  readonly sources: readonly UnverifiedSource[]
  /** The number of further sources. */
  readonly more: number
}

/** A source of a tenant that an edge cannot vouch for. */
export interface UnverifiedSource {
  readonly tenant: string
  readonly source: string
  /** The time up to which the source has confirmed that nothing changed; absent: it never did. */
  readonly sinceMs?: number
}

/** Writes them as a report carries them: members without content are absent. */
export function wireUnverified({ isOutOfView, sources, more }: UnverifiedSources): WireUnverified {
  return {
    ...(isOutOfView ? { outOfView: true } : {}),
    sources: sources.map(({ sinceMs, ...of }) => ({
      ...of,
      ...(sinceMs === undefined ? {} : { since: formatRfc3339(sinceMs) }),
    })),
    ...(more === 0 ? {} : { more }),
  }
}
