/**
 * Denied requests by reason. `stale`: the token or its holder was revoked. `unverified`: freshness is not
 * known, so the token is possibly fresh. `insufficient`: the token lacks a required value.
 */
export interface DeniedCounts {
  readonly stale: number
  readonly unverified: number
  readonly insufficient: number
  readonly other: number
}

/** The denials by reason, as far as they are known. */
interface KnownDenied {
  readonly denied?: DeniedCounts
}

/** The denials that a report states. An edge of an earlier release states no reasons. */
interface ReportedDenied extends KnownDenied {
  readonly decisions: { readonly deny: number }
}

const NONE: DeniedCounts = { stale: 0, unverified: 0, insufficient: 0, other: 0 }

/** The denials of a minute by reason after a report: those before it, and its own. */
export function deniedAfter(
  before: KnownDenied | undefined,
  { decisions, denied = decisions.deny === 0 ? NONE : undefined }: ReportedDenied,
): KnownDenied {
  const { denied: known } = before ?? { denied: NONE }
  if (known === undefined || denied === undefined) return {}
  return {
    denied: {
      stale: sum(known.stale, denied.stale),
      unverified: sum(known.unverified, denied.unverified),
      insufficient: sum(known.insufficient, denied.insufficient),
      other: sum(known.other, denied.other),
    },
  }
}

/** A count stays exact as JSON, whatever is reported. */
function sum(one: number, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER)
}
