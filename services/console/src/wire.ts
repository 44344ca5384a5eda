import type {
  ChangeJson,
  EdgeJson,
  ExposureJson,
  HeldTokenJson,
  SubjectJson,
  SubjectViewJson,
  TimelineJson,
  TokenView,
} from '@freshet/insight/answers'
import type { TokenExplanation } from '@freshet/authority'
import { measuredClass } from '@freshet/protocol/slo'
import { verdictJson } from '@freshet/wire'
import {
  isProbeChange,
  type ChangeExposure,
  type EdgeView,
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

/** A timeline as the API gives it: RFC 3339 times, each with its clock; positions as strings. */
export function timelineJson(
  explained: Timeline & Partial<ExplainedChange>,
  sight: Sight,
): TimelineJson {
  const { change, steps, edges, state, completeMs, isUpperBound, exposure } = explained
  return {
    ...changeJson(change, sight),
    state,
    completeMs,
    isUpperBound,
    steps: steps.map(({ stage, atMs, clock }) => ({ stage, at: rfc3339(atMs), clock })),
    edges: edges.map(({ edge, standing, groupOf, appliedAtMs, sincePublishedMs }) => ({
      edge,
      standing,
      ...ofGroup(groupOf),
      appliedAt: appliedAtMs === null ? null : rfc3339(appliedAtMs),
      clock: 'edge',
      sincePublishedMs,
    })),
    ...(exposure !== undefined && { exposure: exposure && exposureJson(exposure) }),
  }
}

/** The members of a group of edges: their number; the other members hold for the worst of them. */
export function ofGroup(edges: number | null): { edges?: number; isUpperBound?: true } {
  return edges === null ? {} : { edges, isUpperBound: true }
}

function exposureJson({ byEdge, ...exposure }: ChangeExposure): ExposureJson {
  return {
    ...exposure,
    byEdge: byEdge.map(({ firstAtMs, lastAtMs, ...each }) => ({
      ...each,
      firstAt: rfc3339(firstAtMs),
      lastAt: rfc3339(lastAtMs),
    })),
  }
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
    tokensMarked,
    marking: change.isMarking === true ? 'pending' : 'done',
    position: { e: String(e), partition, offset: String(offset) },
    revocation: revocationOffset === null ? null : { partition, offset: String(revocationOffset) },
    occurredAt: rfc3339(change.occurredAtMs),
    recordedAt: rfc3339(change.appliedAtMs),
    traceparent,
  }
}

/** An edge with its standing and positions. */
export function edgeJson(edge: EdgeView): EdgeJson {
  const more = {
    edge: edge.edge,
    audience: edge.audience,
    version: edge.version,
    standing: edge.standing,
    ...ofGroup(edge.group?.edges ?? null),
    state: edge.state,
    reportedAt: rfc3339(edge.reportedAtMs),
    conflict: edge.conflict,
    ...signingJson(edge),
    clock: edge.clock,
    liveSince: edge.liveSinceMs === null ? null : rfc3339(edge.liveSinceMs),
  }
  const partitions = edge.partitions.map(({ partition, applied, viewAgeMs }) => ({
    partition,
    applied: String(applied),
    viewAgeMs,
  }))
  return { ...more, partitions }
}

function signingJson({
  group,
  signed,
  signer,
}: EdgeView): Pick<EdgeJson, 'signed' | 'signedBy' | 'signedEdges'> {
  if (group !== undefined) return { signedEdges: group.signed }
  return { signed, signedBy: signer?.client ?? null }
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
    issuedAt: rfc3339(iatMs),
    expiresAt: rfc3339(expMs),
    mark: mark
      ? { at: rfc3339(mark.atMs), reason: mark.reason, source: mark.source, change: mark.change }
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
    issuedAt: rfc3339(token.iatMs),
    expiresAt: rfc3339(token.expMs),
    stale: stale && { at: rfc3339(stale.atMs), reason: stale.reason, change: stale.change },
  }
}

/** A subject by its key, as an identifier of RFC 9493. */
export function subjectJson(key: string | null, { persons }: Sight): SubjectJson | null {
  if (key === null) return null
  const [, iss, sub] = JSON.parse(key) as [string, string, string]
  return { format: 'iss_sub', iss, sub: persons ? sub : null }
}

/** A time as the API gives it. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString()
}
