import type { TokenPreviewJson } from '@freshet/insight/answers'
import type { TokenPreview } from '@freshet/authority'
import { subjectKey, type ClaimOfSubject, type Subject } from '@freshet/protocol'
import { formatRfc3339 } from '@freshet/wire'
import { subjectJson } from '../wire.ts'

/** The question that a preview answers. */
export interface AskedPreview {
  readonly subject: Subject
  readonly audience: string
  readonly policyVersion: number
}

/** The token that would be minted for a subject, claim by claim. Only operators get it. */
export function previewJson(
  { subject, audience, policyVersion }: AskedPreview,
  { atMs, decision, claims }: TokenPreview,
): Omit<TokenPreviewJson, 'apiVersion'> {
  const isMinted = decision.kind === 'grant'
  const error = decision.kind === 'grant' ? undefined : decision.error
  return {
    asOf: formatRfc3339(atMs),
    tenant: subject.tenant,
    subject: subjectJson(subjectKey(subject), { persons: true }),
    audience,
    policyVersion,
    outcome: isMinted ? 'minted' : 'refused',
    expiresAt: isMinted ? formatRfc3339(decision.expMs) : null,
    refusal: error === undefined ? null : { code: error.code, detail: error.message },
    claims: claims.map((claim) => claimJson(claim, decision)),
  }
}

function claimJson(
  { claim, values, status, silentSource }: ClaimOfSubject,
  decision: TokenPreview['decision'],
): TokenPreviewJson['claims'][number] {
  const minted = decision.kind === 'grant' ? decision.claims.get(claim) : undefined
  const omitted = decision.kind === 'grant' ? decision.omitted.get(claim) : undefined
  const shown = minted ?? values
  return {
    claim,
    values: shown,
    count: shown.length,
    isCarried: minted !== undefined,
    omitted: omitted ?? null,
    status,
    ...(silentSource !== undefined && { silentSource }),
  }
}
