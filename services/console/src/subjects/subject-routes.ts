import type { SubjectStateJson, SubjectViewJson, TokenPreviewJson } from '@freshet/insight/answers'
import { previewToken, subjectNow, type TokenPreview } from '@freshet/authority'
import {
  FreshetError,
  MINTED_ACTORS_MAX,
  subjectKey,
  type Subject,
  type ClaimOfSubject,
} from '@freshet/protocol'
import { subjectReadEntry, type AuditFact, formatRfc3339 } from '@freshet/wire'
import { requireRole } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { adminOf, maySeePersons } from '../admission/admission.ts'
import { API_VERSION, type ConsoleParts } from '../console-parts.ts'
import { subjectViewJson, subjectJson } from '../wire.ts'
import { subjectStateJson } from './subject-json.ts'
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
  app.get('/v1/subjects/:sub', async (c) => {
    const view = await observatory.subject(subjectKey(subjectIn(c)))
    await recordShown(c, reads, { answer: 'subject', changes: view.changes })
    const answer = { apiVersion: API_VERSION, ...subjectViewJson(view, sightOf(c)) }
    return c.json(answer satisfies SubjectViewJson)
  })
  app.get('/v1/subjects/:sub/state', async (c) => {
    const subject = subjectIn(c)
    const policy = loaded()
    const [state, latest] = await Promise.all([
      subjectNow(subject, { store, clock, issuer, loaded: policy }),
      observatory.latestOf(subjectKey(subject)),
    ])
    if (maySeePersons(c)) await recordRead(c, parts, { subject, detail: { answer: 'state' } })
    const isWhole = c.req.query('probes') === 'true'
    const read = { subject, state, latest, registry: policy.registry, isWhole }
    c.header('cache-control', 'no-store')
    const answer = { apiVersion: API_VERSION, ...subjectStateJson(read, sightOf(c)) }
    return c.json(answer satisfies SubjectStateJson)
  })
}

/** Adds the dry run of a mint. It issues nothing. */
function addPreviewRoute(app: Hono, parts: ConsoleParts): void {
  const { loaded, subjects: store } = parts
  const { clock, issuer } = parts.judging
  app.get('/v1/subjects/:sub/preview', async (c) => {
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
    const answer = { apiVersion: API_VERSION, ...previewJson(question, preview) }
    return c.json(answer satisfies TokenPreviewJson)
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

function sightOf(c: Context): { readonly persons: boolean } {
  return { persons: maySeePersons(c) }
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
