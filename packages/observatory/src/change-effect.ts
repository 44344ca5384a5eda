import type { LedgerToken, LoggedChange } from './observatory-store.ts'

/**
 * What a change did to a token of its subject. `marked`: it took something from it. Else why it did not:
 * `nothing-taken`: the change takes nothing away; `claim-not-carried`; `stale-before`: something else had
 * marked it already; `minted-after`: it was minted from what the change left; `stale-since`: something later
 * marked it; `not-marked`: none of these, which is so while marking goes on and for a token whose label
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
export function effectOn(token: LedgerToken, change: LoggedChange): ChangeEffect {
  const { stale } = token
  if (stale?.change === change.id && stale.source === change.source) return 'marked'
  if (!change.tightened) return 'nothing-taken'
  if (change.claim !== null && !token.claims.includes(change.claim)) return 'claim-not-carried'
  if (stale !== null && stale.atMs <= change.appliedAtMs) return 'stale-before'
  if (token.iatMs > change.appliedAtMs) return 'minted-after'
  return stale === null ? 'not-marked' : 'stale-since'
}
