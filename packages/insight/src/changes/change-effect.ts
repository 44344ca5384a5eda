import { formatRfc3339 } from '@freshet/wire'
import type { HeldTokenJson } from '../answers/subjects/token.ts'
import type { LoggedChange } from './logged-change.ts'
import type { LedgerEntry } from '../observatory-store.ts'

/**
 * The effect of a change on a token of its subject. `marked`: it removed something from the token. Otherwise
 * the reason: `nothing-taken`: the change removes nothing; `claim-not-carried`; `stale-before`: another
 * change had marked it already; `minted-after`: it was minted from the state after the change; `stale-since`:
 * a later change marked it; `not-marked`: none of these, while marking goes on and for a token whose label
 * was read after the change.
 */
export type ChangeEffect =
  | 'marked'
  | 'nothing-taken'
  | 'claim-not-carried'
  | 'stale-before'
  | 'minted-after'
  | 'stale-since'
  | 'not-marked'

/**
 * For people: reads marks and times, which decide nothing. `minted-after` compares the authority's clock
 * with the reconciler's.
 */
export function effectOn(token: LedgerEntry, change: LoggedChange): ChangeEffect {
  const { stale } = token
  if (stale?.change === change.id && stale.source === change.source) return 'marked'
  if (!change.tightened) return 'nothing-taken'
  if (change.claim !== null && !token.claims.includes(change.claim)) return 'claim-not-carried'
  if (stale !== null && stale.atMs <= change.appliedAtMs) return 'stale-before'
  if (token.iatMs > change.appliedAtMs) return 'minted-after'
  return stale === null ? 'not-marked' : 'stale-since'
}

/** A token of the ledger as the API answers it. */
export function heldTokenJson(token: LedgerEntry): HeldTokenJson {
  const { jti, audience, client, claims, stale, issuer } = token
  return {
    jti,
    // The token is judged by time, as the edge that accepts it reports, too.
    ...(issuer === null ? {} : { issuer, basis: 'time' }),
    audience,
    client,
    claims,
    issuedAt: formatRfc3339(token.iatMs),
    expiresAt: formatRfc3339(token.expMs),
    stale: stale && { at: formatRfc3339(stale.atMs), reason: stale.reason, change: stale.change },
  }
}
