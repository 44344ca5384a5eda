import type {
  ChangedJson,
  ChangeJson,
  HeldTokenJson,
  SubjectJson,
  SubjectViewJson,
  TimelineJson,
  TokenView,
} from '@freshet/insight/answers'
import type { TokenExplanation } from '@freshet/authority'
import { measuredClass } from '@freshet/protocol/slo'
import { formatRfc3339, verdictJson } from '@freshet/wire'
import {
  isProbeChange,
  type ExplainedChange,
  type LedgerEntry,
  type LoggedChange,
  type SubjectView,
  type Timeline,
} from '@freshet/insight'

/** The data that the asking person is allowed to see. */
export interface Sight {
  /** True if the subject of a record is visible; otherwise `sub` is `null`. */
  readonly persons: boolean
}

/** A timeline with its change. */
export function timelineJson(
  { change, ...way }: Timeline | ExplainedChange,
  sight: Sight,
): TimelineJson {
  return { ...changeJson(change, sight), ...way }
}

/** A logged change without its way. */
export function changeJson(change: LoggedChange, sight: Sight): ChangeJson {
  const { tenant, source, id, kind, op, claim, outcome, tightened, tokensMarked } = change
  const { e, partition, offset, revocationOffset, traceparent } = change
  return {
    id,
    tenant,
    source,
    kind,
    op,
    claim,
    subject: subjectJson(change.subject, sight),
    class: measuredClass(change),
    outcome,
    isProbe: isProbeChange(change),
    tightened,
    changed: changedJson(change, sight),
    tokensMarked,
    marking: change.isMarking === true ? 'pending' : 'done',
    position: { e: String(e), partition, offset: String(offset) },
    revocation: revocationOffset === null ? null : { partition, offset: String(revocationOffset) },
    occurredAt: formatRfc3339(change.occurredAtMs),
    recordedAt: formatRfc3339(change.appliedAtMs),
    traceparent,
  }
}

/** The values that a change took away and gave; `null` for one that changed none. */
export function changedJson(
  { changed }: Pick<LoggedChange, 'changed'>,
  { persons }: Sight,
): ChangedJson | null {
  if (changed === undefined) return null
  return persons ? changed : { ...changed, lost: null, gained: null }
}

/** A subject's changes and outstanding tokens. */
export function subjectViewJson(
  { changes, tokens }: SubjectView,
  sight: Sight,
): Omit<SubjectViewJson, 'apiVersion'> {
  return {
    changes: changes.map((change) => changeJson(change, sight)),
    tokens: tokens.map(ledgerTokenJson),
  }
}

/** The authority's verdicts on a token. */
export function tokenJson(
  { token, expired, verdicts, ledger }: TokenExplanation,
  sight: Sight,
): Omit<TokenView, 'apiVersion' | 'issuance'> {
  return {
    jti: token.jti,
    tenant: token.tenant,
    client: token.client,
    policyVersion: token.pv,
    expired,
    parties: token.parties.map(({ subject, label }) => ({
      subject: sight.persons ? subject : { ...subject, sub: null },
      label: { e: String(label.e), s: String(label.s), c: String(label.c) },
    })),
    claims: Object.fromEntries(
      [...verdicts].map(([claim, verdict]) => [claim, verdictJson(verdict)]),
    ),
    ledger: ledger ? ledgerJson(ledger) : null,
  }
}

function ledgerJson({
  iatMs,
  expMs,
  mark,
}: NonNullable<TokenExplanation['ledger']>): TokenView['ledger'] {
  return {
    issuedAt: formatRfc3339(iatMs),
    expiresAt: formatRfc3339(expMs),
    mark: mark
      ? {
          at: formatRfc3339(mark.atMs),
          reason: mark.reason,
          source: mark.source,
          change: mark.change,
        }
      : null,
  }
}

/** A token as the ledger has it. */
export function ledgerTokenJson(token: LedgerEntry): HeldTokenJson {
  const { jti, audience, client, claims, stale, issuer } = token
  return {
    jti,
    // The token is judged by time, as the edge that accepts it reports, too.
    ...(issuer === undefined ? {} : { issuer, basis: 'time' }),
    audience,
    client,
    claims,
    issuedAt: formatRfc3339(token.iatMs),
    expiresAt: formatRfc3339(token.expMs),
    stale: stale && { at: formatRfc3339(stale.atMs), reason: stale.reason, change: stale.change },
  }
}

/** A subject by its key, as an identifier of RFC 9493. */
export function subjectJson(key: string | null, { persons }: Sight): SubjectJson | null {
  if (key === null) return null
  const [, iss, sub] = JSON.parse(key) as [string, string, string]
  return { format: 'iss_sub', iss, sub: persons ? sub : null }
}
