import {
  FRESH,
  FRESH_BY_TIME,
  invariant,
  STALE_REASONS,
  UNVERIFIED_REASONS,
  type Verdict,
} from '@freshet/protocol'
import * as z from 'zod'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { eventId, LENGTHS, text, time, type Wire } from '../json/wire-types.ts'

const based = {
  /** `time` for a token without a label, which is judged by its issue time. */
  basis: z.literal('time').exactOptional(),
}

/** A verdict that another process gave. */
export const verdictSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('fresh'), ...based }),
  z.object({
    verdict: z.literal('stale'),
    reason: z.enum(STALE_REASONS),
    /** Id of the change behind it. */
    change: eventId.exactOptional(),
    ...based,
  }),
  z.object({
    verdict: z.literal('unverified'),
    /** The silent source. */
    source: text(LENGTHS.source),
    /** The `through` of that source, RFC 3339. */
    since: time.exactOptional(),
    /** The reason, if it is not silence. */
    reason: z.enum(UNVERIFIED_REASONS).exactOptional(),
    ...based,
  }),
])

/** The verdict on one claim in HTTP answers. */
export type VerdictJson = Wire<typeof verdictSchema>

/** A verdict as JSON; times as RFC 3339. */
export function verdictJson(verdict: Verdict): VerdictJson {
  const basis = verdict.basis === undefined ? {} : { basis: verdict.basis }
  switch (verdict.kind) {
    case 'fresh':
      return { verdict: 'fresh', ...basis }
    case 'stale': {
      const { reason, change } = verdict
      return { verdict: 'stale', reason, ...(change === undefined ? {} : { change }), ...basis }
    }
    case 'unverified': {
      const { source, sinceMs, reason } = verdict
      const since = sinceMs === undefined ? {} : { since: formatRfc3339(sinceMs) }
      return {
        verdict: 'unverified',
        source,
        ...since,
        ...(reason === undefined ? {} : { reason }),
        ...basis,
      }
    }
  }
}

/** Returns the verdict of such a JSON value, which {@link verdictSchema} has checked. */
export function verdictOf(json: VerdictJson): Verdict {
  const by = json.basis === undefined ? {} : { basis: json.basis }
  switch (json.verdict) {
    case 'fresh':
      return json.basis === undefined ? FRESH : FRESH_BY_TIME
    case 'stale': {
      const { reason, change } = json
      return { kind: 'stale', reason, ...(change === undefined ? {} : { change }), ...by }
    }
    case 'unverified': {
      const { source, since, reason } = json
      const why = reason === undefined ? {} : { reason }
      return { kind: 'unverified', source, ...sinceOf(since), ...why, ...by }
    }
  }
}

function sinceOf(since: string | undefined): { readonly sinceMs?: number } {
  if (since === undefined) return {}
  const sinceMs = parseRfc3339(since)
  invariant(sinceMs !== undefined, 'The schema lets through times alone.')
  return { sinceMs }
}
