import {
  answerForms as forms,
  type ChangeJson,
  type ClaimOfSubjectJson,
  type SourceStatementJson,
  type SubjectStateJson,
  type TokenPreviewJson,
} from '@freshet/insight/answers'
import { previewToken, subjectNow, type SubjectNow, type TokenPreview } from '@freshet/authority'
import { subjectJson } from '@freshet/insight'
import {
  compareVersions,
  formatVersion,
  FreshetError,
  MINTED_ACTORS_MAX,
  NO_VERSION,
  subjectKey,
  type ClaimOfSubject,
  type Registry,
  type SourceStatement,
  type Subject,
} from '@freshet/protocol'
import { sendsIn } from '@freshet/protocol/slo'
import { subjectReadEntry, type AuditFact, formatRfc3339 } from '@freshet/wire'
import { requireRole } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { adminOf, maySeePersons } from '../admission/admission.ts'
import type { ConsoleParts } from '../console-parts.ts'
import { addView, type Content } from '../view.ts'
import { recordShown, type ValueReads } from './value-reads.ts'

/** The parts that the routes of a subject answer from. */
interface SubjectParts extends ConsoleParts {
  readonly reads: ValueReads
}

/** Adds the routes of a subject: its changes and tokens, and its current state. */
export function addSubjectRoutes(app: Hono, parts: SubjectParts): void {
  const { observatory, reads, loaded, subjects: store } = parts
  const { clock, issuer } = parts.judging
  addPreviewRoute(app, parts)
  addView(app, '/v1/subjects/:sub', forms.SubjectView, async (c) => {
    const view = await observatory.subject(subjectKey(subjectIn(c)))
    await recordShown(c, reads, { answer: 'subject', changes: view.changes })
    return view
  })
  addView(app, '/v1/subjects/:sub/state', forms.SubjectState, async (c) => {
    const subject = subjectIn(c)
    const policy = loaded()
    const [state, latest] = await Promise.all([
      subjectNow(subject, { store, clock, issuer, loaded: policy }),
      observatory.latestOf(subjectKey(subject)),
    ])
    if (maySeePersons(c)) await recordRead(c, parts, { subject, detail: { answer: 'state' } })
    const isWhole = c.req.query('probes') === 'true'
    c.header('cache-control', 'no-store')
    return subjectStateJson({ subject, state, latest, registry: policy.registry, isWhole })
  })
}

/** Adds the dry run of a mint. It issues nothing. */
function addPreviewRoute(app: Hono, parts: ConsoleParts): void {
  const { loaded, subjects: store } = parts
  const { clock, issuer } = parts.judging
  addView(app, '/v1/subjects/:sub/preview', forms.TokenPreview, async (c) => {
    requireRole(adminOf(c), 'operator')
    const subject = subjectIn(c)
    const policy = loaded()
    const name = c.req.query('audience') ?? ''
    const audience = policy.registry.audiences.get(name)
    if (audience === undefined) {
      throw new FreshetError('request.not-found', 'The registry has no audience of that name.')
    }
    const order = { subject, actors: actorsIn(c, subject), audience, scopes: scopesIn(c) }
    const preview = await previewToken(order, { store, clock, issuer, loaded: policy })
    await recordRead(c, parts, { subject, detail: { answer: 'preview', audience: name } })
    const question = { subject, audience: name, policyVersion: policy.registry.version }
    c.header('cache-control', 'no-store')
    return previewJson(question, preview)
  })
}

interface Read {
  readonly subject: Subject
  readonly detail: Readonly<Record<string, AuditFact>>
}

/** Stores the entry of a read before the values leave. @throws `database.*`; then no value leaves */
async function recordRead(
  c: Context,
  { audit, judging: { clock } }: ConsoleParts,
  { subject, detail }: Read,
): Promise<void> {
  const entry = subjectReadEntry({
    tenant: subject.tenant,
    subject: subjectKey(subject),
    by: adminOf(c).name,
    atMs: clock.nowMs(),
    detail,
  })
  await audit.append([entry])
}

/** Each actor is at the identity provider of the subject. One too many is enough for the refusal. */
function actorsIn(c: Context, { tenant, iss }: Subject): readonly Subject[] {
  const subs = c.req.queries('actor') ?? []
  return subs.slice(0, MINTED_ACTORS_MAX + 1).map((sub) => ({ tenant, iss, sub }))
}

/** Names by spaces, as in a request for a token. */
function scopesIn(c: Context): readonly string[] {
  return (c.req.query('scope') ?? '').split(' ').filter((name) => name !== '')
}

/** @throws `request.malformed` without tenant or issuer: `sub` alone names no subject */
function subjectIn(c: Context): Subject {
  const { tenant, iss } = c.req.query()
  if (!tenant || !iss) {
    throw new FreshetError('request.malformed', 'Query parameters tenant and iss are required.')
  }
  return { tenant, iss, sub: c.req.param('sub') ?? '' }
}

/** The question that a preview answers. */
interface PreviewQuestion {
  readonly subject: Subject
  readonly audience: string
  readonly policyVersion: number
}

/** The token that would be minted for a subject, claim by claim. Only operators get it. */
function previewJson(
  { subject, audience, policyVersion }: PreviewQuestion,
  { atMs, decision, claims }: TokenPreview,
): Content<typeof forms.TokenPreview> {
  const isMinted = decision.kind === 'grant'
  const error = decision.kind === 'grant' ? undefined : decision.error
  return {
    asOf: formatRfc3339(atMs),
    tenant: subject.tenant,
    subject: subjectJson(subjectKey(subject)),
    audience,
    policyVersion,
    outcome: isMinted ? 'minted' : 'refused',
    expiresAt: isMinted ? formatRfc3339(decision.expMs) : null,
    refusal: error === undefined ? null : { code: error.code, detail: error.message },
    claims: claims.map((claim) => mintedJson(claim, decision)),
  }
}

function mintedJson(
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

/** The state of a subject with the changes that it comes from. */
interface ReadSubject {
  readonly subject: Subject
  readonly state: SubjectNow
  /** The latest change of each source and claim, and of each operation on the account. */
  readonly latest: readonly ChangeJson[]
  /** The registry that the sources are of. */
  readonly registry: Pick<Registry, 'account' | 'cutOffs'>
  /** Every claim, also those whose sources send nothing in the tenant. */
  readonly isWhole: boolean
}

function subjectStateJson({
  subject,
  state,
  latest,
  registry,
  isWhole,
}: ReadSubject): Content<typeof forms.SubjectState> {
  return {
    asOf: formatRfc3339(state.atMs),
    tenant: subject.tenant,
    subject: subjectJson(subjectKey(subject)),
    known: state.known,
    account: accountJson(state, registry.account, latest),
    claims: state.claims
      .filter((claim) => isWhole || isOfTenant(claim, subject.tenant, registry))
      .map((claim) => claimJson(claim, latest)),
  }
}

/** A claim that was never sent, and whose sources send nothing in the tenant, is not one of its subjects. */
function isOfTenant(
  { statements }: ClaimOfSubject,
  tenant: string,
  registry: ReadSubject['registry'],
): boolean {
  return statements.some(
    ({ source, version }) => version !== undefined || sendsIn(registry, tenant, source),
  )
}

function accountJson(
  { account, accountInDoubt }: SubjectNow,
  ofRegistry: string,
  latest: readonly ChangeJson[],
): SubjectStateJson['account'] {
  const { version } = account
  const source = account.source ?? ofRegistry
  const state = account.state === 'unstated' ? 'enabled' : account.state
  const isTouched = compareVersions(version, NO_VERSION) > 0
  const cause = latest.find(
    (change) => change.claim === null && change.source === source && change.op === state,
  )
  const known = isTouched ? cause : undefined
  return {
    state,
    ...(accountInDoubt && { inDoubt: true }),
    source,
    version: isTouched ? formatVersion(version) : null,
    since: known?.occurredAt ?? null,
    change: known?.id ?? null,
  }
}

function claimJson(
  { claim, values, status, silentSource, statements }: ClaimOfSubject,
  latest: readonly ChangeJson[],
): ClaimOfSubjectJson {
  return {
    claim,
    values,
    count: values.length,
    status,
    ...(silentSource !== undefined && { silentSource }),
    statements: statements.map((statement) => statementJson(statement, claim, latest)),
  }
}

function statementJson(
  { source, values, version, throughMs }: SourceStatement,
  claim: string,
  latest: readonly ChangeJson[],
): SourceStatementJson {
  const change = latest.find((each) => each.claim === claim && each.source === source)
  const sent = version === undefined ? undefined : change
  return {
    source,
    values,
    count: values.length,
    version: version === undefined ? null : formatVersion(version),
    change: sent?.id ?? null,
    occurredAt: sent?.occurredAt ?? null,
    through: throughMs === null ? null : formatRfc3339(throughMs),
  }
}
