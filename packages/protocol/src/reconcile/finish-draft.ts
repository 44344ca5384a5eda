import type { BatchDecision } from './batch/batch-decision.ts'
import type { Draft } from './draft.ts'

/** Reads the decision out of a draft. */
export function finishDraft(
  draft: Draft,
  { consumed, nextOffset }: { consumed: number; nextOffset: bigint },
): BatchDecision {
  return {
    consumed,
    nextOffset,
    waitsFor: draft.waitsFor,
    walksFirst: draft.walksFirst,
    policy: draft.active,
    activated: draft.activated,
    claims: [...draft.claims.values()],
    accounts: [...draft.accounts.values()],
    feeds: [...draft.feeds.values()],
    withdrawn: [...draft.withdrawn.values()],
    forgottenWithdrawals: draft.forgottenWithdrawals,
    doubts: [...draft.doubts.values()],
    settledClaims: draft.settledClaims,
    watermarks: [...draft.watermarks.values()],
    denials: [...draft.denials.values()],
    log: [...draft.log.values()],
    missed: draft.missed,
    announced: draft.announced,
    contradictions: [...draft.contradictions.values()],
    publications: draft.publications,
    quarantine: draft.quarantine,
    marks: draft.marks,
    stamps: [...draft.stamps.values()],
    grants: draft.grants,
    duplicates: draft.duplicates,
  }
}
