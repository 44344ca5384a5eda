import type { FoundJson } from '@freshet/insight/answers'
import { subjectKey, type Registry, type Subject } from '@freshet/protocol'
import type { ConsoleParts } from '../console-parts.ts'

/** Identity providers of which a subject is searched. */
const ISSUERS_MAX = 20
/** Records of one kind that a search finds. The rest needs more of the id. */
export const FOUND_EACH_MAX = 5

type Kind = FoundJson['kind']

/** The parts that a search reads. */
export type SearchParts = Pick<ConsoleParts, 'observatory' | 'prefixes' | 'loaded'>

/** A search for things of one kind. */
export type Lookup = readonly [kind: Kind, found: Promise<readonly FoundJson[]>]

const NONE = { tenant: null, iss: null } as const

/**
 * The searches for records whose ids begin with this text. Only operators search the audit, and subjects by the
 * beginning of their names: a viewer must know the whole name.
 */
export function recordsNamed(
  text: string,
  parts: SearchParts,
  isOperator: boolean,
): readonly Lookup[] {
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
