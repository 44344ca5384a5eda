import { answerForms as forms, type FoundJson } from '@freshet/insight/answers'
import { FreshetError, type Registry, subjectKey, type Subject } from '@freshet/protocol'
import type { Hono } from 'hono'
import * as z from 'zod'
import { maySeePersons } from '../admission/admission.ts'
import { addView } from '../view.ts'
import type { ConsoleParts } from '../console-parts.ts'

const TEXT_LENGTH_MAX = 256
const LIMIT = 20
const LIMIT_MAX = 50

/** The query of a search. */
export const searchQuery = z.strictObject({
  q: z.string().trim().min(1).max(TEXT_LENGTH_MAX),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
})

/**
 * Adds the search. Names of the registry and of edges match by a part of them, and records by the beginning of their id.
 * A part that does not answer is reported, so that no find never means more than it does.
 */
export function addSearchRoute(app: Hono, parts: SearchParts): void {
  addView(app, '/v1/search', forms.Search, async (c) => {
    const { q, limit } = readQuestion(c.req.query())
    const lookups: readonly Lookup[] = [
      ['edge', edgesNamed(q, parts, limit)],
      ...recordsNamed(q, parts, maySeePersons(c)),
    ]
    const settled = await Promise.all(lookups.map(settle))
    const named = matching(namesOf(parts.loaded().registry), q, limit)
    return {
      items: bestFound([...named, ...settled.flatMap(({ items }) => items)], q, limit),
      unanswered: settled.flatMap(({ unanswered }) => unanswered),
    }
  })
}

async function edgesNamed(
  text: string,
  { observatory }: SearchParts,
  limit: number,
): Promise<readonly FoundJson[]> {
  const edges = await observatory.edges()
  const names = edges
    .filter((edge) => edge.edges === undefined)
    .map(({ edge, standing }): NamedThing => ({
      kind: 'edge',
      id: edge,
      note: `edge, ${standing}`,
    }))
  return matching(names, text, limit)
}

interface Settled {
  readonly items: readonly FoundJson[]
  readonly unanswered: readonly FoundJson['kind'][]
}

async function settle([kind, found]: Lookup): Promise<Settled> {
  return found.then(
    (items) => ({ items, unanswered: [] }),
    () => ({ items: [], unanswered: [kind] }),
  )
}

function readQuestion(query: Readonly<Record<string, string>>): z.infer<typeof searchQuery> {
  const read = searchQuery.safeParse(query)
  if (read.success) return read.data
  const message = `A search needs q, a text of at most ${TEXT_LENGTH_MAX} characters.`
  throw new FreshetError('request.malformed', message, { cause: read.error })
}

/** A thing with a name of its own: a part of the registry, or an edge. */
type NamedThing = Pick<FoundJson, 'kind' | 'id' | 'note'>

/** The names of a registry. */
export function namesOf({ clients, sources, claims, audiences }: Registry): readonly NamedThing[] {
  return [
    ...[...claims.values()].map(({ name, source }): NamedThing => ({
      kind: 'claim',
      id: name,
      note: `claim of ${source}`,
    })),
    ...[...sources.values()].map(({ id, owner }): NamedThing => ({
      kind: 'source',
      id,
      note: `source of ${owner}`,
    })),
    ...[...audiences.values()].map(({ name, claims: carried }): NamedThing => ({
      kind: 'audience',
      id: name,
      note: `audience with ${carried.join(', ') || 'no claim'}`,
    })),
    ...[...clients.values()].map(({ id }): NamedThing => ({ kind: 'client', id, note: 'client' })),
  ]
}

/**
 * The names with this text in them, the best first: the whole name, then names that begin with it, then the
 * shorter ones. At most `limit`.
 */
export function matching(
  names: readonly NamedThing[],
  text: string,
  limit: number,
): readonly FoundJson[] {
  const wanted = text.toLowerCase()
  const rank = ({ id }: NamedThing): number => {
    const name = id.toLowerCase()
    if (name === wanted) return 0
    return name.startsWith(wanted) ? 1 : 2
  }
  return names
    .filter(({ id }) => id.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b) || a.id.length - b.id.length || compare(a.id, b.id))
    .slice(0, limit)
    .map((each) => ({ ...each, tenant: null, iss: null }))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * The best finds, at most `limit`: a whole name first, then the others in their order. If there are too many, each kind
 * keeps its first ones, so that many finds of one kind hide no other kind.
 */
export function bestFound(
  found: readonly FoundJson[],
  text: string,
  limit: number,
): readonly FoundJson[] {
  const isWhole = ({ id }: FoundJson): boolean => id.toLowerCase() === text.toLowerCase()
  const ordered = [...found.filter(isWhole), ...found.filter((each) => !isWhole(each))]
  const counts = new Map<string, number>()
  const ranked = ordered.map((each) => {
    const rank = counts.get(each.kind) ?? 0
    counts.set(each.kind, rank + 1)
    return { each, rank }
  })
  const kept = new Set(ranked.toSorted((a, b) => a.rank - b.rank).slice(0, limit))
  return ranked.filter((one) => kept.has(one)).map(({ each }) => each)
}

/** Identity providers of which a subject is searched. */
const ISSUERS_MAX = 20
/** Records of one kind that a search finds. The rest needs more of the id. */
const FOUND_EACH_MAX = 5

type Kind = FoundJson['kind']

/** The parts that a search reads. */
type SearchParts = Pick<ConsoleParts, 'observatory' | 'prefixes' | 'loaded'>

/** A search for things of one kind. */
type Lookup = readonly [kind: Kind, found: Promise<readonly FoundJson[]>]

const NONE = { tenant: null, iss: null } as const

/**
 * The searches for records whose ids begin with this text. Only operators search the audit, and subjects by the
 * beginning of their names: a viewer must know the whole name.
 */
function recordsNamed(text: string, parts: SearchParts, isOperator: boolean): readonly Lookup[] {
  return [
    ['subject', subjects(text, parts, isOperator)],
    ['change', changes(text, parts)],
    ['token', tokens(text, parts)],
    ['quarantined', quarantined(text, parts)],
    ...(isOperator ? [['audit', audited(text, parts)] as const] : []),
  ]
}

async function changes(text: string, { prefixes }: SearchParts): Promise<readonly FoundJson[]> {
  const found = await prefixes.changes(text, FOUND_EACH_MAX)
  return found.map(({ id, tenant, kind, op, claim, outcome }) => {
    const note = `${[op ?? kind, claim].filter(Boolean).join(' ')}, ${outcome}`
    return { kind: 'change', id, tenant, iss: null, note }
  })
}

async function tokens(text: string, { prefixes }: SearchParts): Promise<readonly FoundJson[]> {
  const found = await prefixes.tokens(text, FOUND_EACH_MAX)
  return found.map(({ jti: id, tenant, audience }) => {
    return { kind: 'token', id, tenant, iss: null, note: `token for ${audience}` }
  })
}

async function subjects(
  text: string,
  parts: SearchParts,
  isOperator: boolean,
): Promise<readonly FoundJson[]> {
  const providers = providersOf(parts.loaded().registry)
  const [whole, begun] = await Promise.all([
    Promise.all(providers.map((provider) => wholeSubject({ ...provider, sub: text }, parts))),
    isOperator ? begunSubjects(text, providers, parts) : [],
  ])
  const found = [...whole.flat(), ...begun]
  const byKey = new Map(found.map((each) => [subjectKey(each), each]))
  return [...byKey.values()].map(({ tenant, iss, sub }) => {
    return { kind: 'subject', id: sub, tenant, iss, note: `subject of ${tenant}` }
  })
}

/** A subject with this name, if there are changes or tokens of it. */
async function wholeSubject(
  subject: Subject,
  { observatory }: SearchParts,
): Promise<readonly Subject[]> {
  const { changes: rows, tokens: held } = await observatory.subject(subjectKey(subject))
  return rows.length + held.length === 0 ? [] : [subject]
}

async function begunSubjects(
  text: string,
  providers: readonly Provider[],
  { prefixes }: SearchParts,
): Promise<readonly Subject[]> {
  const keys = await prefixes.subjects(
    // The key without its end: a name that begins with the text has a key that begins so.
    providers.map((provider) => subjectKey({ ...provider, sub: text }).slice(0, -'"]'.length)),
    FOUND_EACH_MAX,
  )
  return keys.map((key) => {
    const [tenant, iss, sub] = JSON.parse(key) as [string, string, string]
    return { tenant, iss, sub }
  })
}

type Provider = Pick<Subject, 'tenant' | 'iss'>

function providersOf({ tenants }: Registry): readonly Provider[] {
  return [...tenants.values()]
    .flatMap(({ id, identityProviders }) =>
      identityProviders.map(({ issuer }) => ({ tenant: id, iss: issuer })),
    )
    .slice(0, ISSUERS_MAX)
}

async function quarantined(text: string, { prefixes }: SearchParts): Promise<readonly FoundJson[]> {
  const found = await prefixes.quarantined(text, FOUND_EACH_MAX)
  return found.map(({ id, state }) => {
    return { kind: 'quarantined', id, ...NONE, note: `quarantined, ${state}` }
  })
}

async function audited(text: string, { prefixes }: SearchParts): Promise<readonly FoundJson[]> {
  const found = await prefixes.audited(text, FOUND_EACH_MAX)
  return found.map((id) => ({ kind: 'audit', id, ...NONE, note: 'entries of the audit' }))
}
