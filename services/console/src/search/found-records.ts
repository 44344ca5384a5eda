import type { FoundJson } from '@freshet/insight/answers'
import { subjectKey, type Registry } from '@freshet/protocol'
import { isParkedId } from '@freshet/wire'
import type { ConsoleParts } from '../console-parts.ts'

/** Identity providers of which a subject is searched. */
const ISSUERS_MAX = 20

type Kind = FoundJson['kind']

/** The parts that a search reads. */
export type SearchParts = Pick<
  ConsoleParts,
  'observatory' | 'evidence' | 'quarantine' | 'auditReader' | 'loaded'
>

/** A search for things of one kind. */
export type Lookup = readonly [kind: Kind, found: Promise<readonly FoundJson[]>]

const NONE = { tenant: null, iss: null } as const

/** The searches for records with exactly this id. Only operators search the audit. */
export function recordsNamed(
  id: string,
  parts: SearchParts,
  isOperator: boolean,
): readonly Lookup[] {
  return [
    ['change', changes(id, parts)],
    ['token', tokens(id, parts)],
    ['subject', subjects(id, parts)],
    ['quarantined', quarantined(id, parts)],
    ...(isOperator ? [['audit', audited(id, parts)] as const] : []),
  ]
}

async function changes(id: string, { observatory }: SearchParts): Promise<readonly FoundJson[]> {
  const found = await observatory.change(id)
  return found.map(({ change, state }) => ({
    kind: 'change' as const,
    id,
    tenant: change.tenant,
    iss: null,
    note: `${[change.op ?? change.kind, change.claim].filter(Boolean).join(' ')}, ${state}`,
  }))
}

async function tokens(id: string, { evidence }: SearchParts): Promise<readonly FoundJson[]> {
  const issued = await evidence.issued(id)
  if (issued === undefined) return []
  const { tenant, audience } = issued
  return [{ kind: 'token', id, tenant, iss: null, note: `token for ${audience}` }]
}

async function subjects(
  sub: string,
  { observatory, loaded }: SearchParts,
): Promise<readonly FoundJson[]> {
  const found = providersOf(loaded().registry).map(async ({ tenant, iss }) => {
    const view = await observatory.subject(subjectKey({ tenant, iss, sub }))
    const [rows, held] = [view.changes.length, view.tokens.length]
    if (rows + held === 0) return []
    return [{ kind: 'subject' as const, id: sub, tenant, iss, note: `subject of ${tenant}` }]
  })
  return (await Promise.all(found)).flat()
}

function providersOf({ tenants }: Registry): readonly { tenant: string; iss: string }[] {
  return [...tenants.values()]
    .flatMap(({ id, identityProviders }) =>
      identityProviders.map(({ issuer }) => ({ tenant: id, iss: issuer })),
    )
    .slice(0, ISSUERS_MAX)
}

async function quarantined(id: string, { quarantine }: SearchParts): Promise<readonly FoundJson[]> {
  const parked = isParkedId(id) ? await quarantine.find(id) : undefined
  if (parked === undefined) return []
  return [{ kind: 'quarantined', id, ...NONE, note: `quarantined, ${parked.state}` }]
}

async function audited(ref: string, { auditReader }: SearchParts): Promise<readonly FoundJson[]> {
  const [latest] = await auditReader.latest({ ref }, 1)
  if (latest === undefined) return []
  return [{ kind: 'audit', id: ref, ...NONE, note: 'entries of the audit' }]
}
