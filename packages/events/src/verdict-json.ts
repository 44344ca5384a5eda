import type { Verdict } from '@freshet/domain'
import { formatRfc3339 } from './rfc3339.ts'

/** The verdict on one claim as HTTP answers give it. */
export interface VerdictJson {
  readonly verdict: Verdict['kind']
  readonly reason?: string
  /** The change behind `stale`. */
  readonly change?: string
  /** Who is silent, where `unverified`. */
  readonly source?: string
  /** RFC 3339: up to when the source was heard. */
  readonly since?: string
}

/** A verdict as JSON; times as RFC 3339. */
export function verdictJson(verdict: Verdict): VerdictJson {
  switch (verdict.kind) {
    case 'fresh':
      return { verdict: 'fresh' }
    case 'stale': {
      const { reason, change } = verdict
      return { verdict: 'stale', reason, ...(change === undefined ? {} : { change }) }
    }
    case 'unverified': {
      const { source, sinceMs } = verdict
      const since = sinceMs === undefined ? {} : { since: formatRfc3339(sinceMs) }
      return { verdict: 'unverified', source, ...since }
    }
  }
}
