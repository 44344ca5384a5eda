import type { Connector, Json, Row } from '@freshet/connect'
import type { ConnectionKind, SourceConnection } from '@freshet/protocol'

/** Subjects that a plan looks at. */
export const SAMPLE_MAX = 1_000
/** Claims that a plan proposes. */
const CLAIMS_MAX = 8
/** Lists that are read as claims even if no subject of the sample has two values. */
const USUAL = new Set(['groups', 'roles', 'teams', 'entitlements', 'permissions'])
/** Lists of the technology, which grant nothing. */
const TECHNICAL = new Set(['objectClass', 'schemas', 'emails', 'mail'])
/** Places of a name in the elements of a list. */
const NAMES = ['name', 'display', 'value'] as const

/** The times that fit a kind: `settle`, `interval` and the lease that covers both twice. */
const TIMES: Readonly<Record<ConnectionKind, { settle: string; interval: string; lease: string }>> =
  {
    keycloak: { settle: '3s', interval: '500ms', lease: '10s' },
    outbox: { settle: '1s', interval: '1s', lease: '10s' },
    scim: { settle: '1s', interval: '1s', lease: '10s' },
    ldap: { settle: '3s', interval: '5s', lease: '30s' },
    file: { settle: '1s', interval: '1s', lease: '10s' },
  }

/** The part of a registry that connects an upstream system, as the file has it. */
export interface ConnectionPlan {
  readonly sources: Readonly<Record<string, object>>
  readonly claims: Readonly<Record<string, object>>
}

/** The answer of a plan: the part, and what a person must know about it. */
export interface PlannedUpstream {
  readonly plan: ConnectionPlan
  readonly notes: readonly string[]
}

/**
 * Reads some subjects of an upstream system, and proposes the part of the registry that connects it. A list of texts, or
 * of objects with a name, becomes a claim. A person decides which of them tokens need.
 *
 * @throws `connect.unavailable`, `connect.refused`
 */
export async function planUpstream(
  source: string,
  connection: SourceConnection,
  connector: Connector | undefined,
  signal: AbortSignal,
): Promise<PlannedUpstream> {
  const { kind, at, tenant, subject, options } = connection
  const rows = await sampleOf(connector, signal)
  const unannounced = (await connector?.check?.(signal)) ?? []
  const sub = subjectPointer(rows)
  const claims = claimPointers(rows, sub)
  const isAccount = rows.length > 0 && rows.every(({ enabled }) => enabled !== undefined)
  const { settle, interval, lease } = TIMES[kind]
  const named = Object.fromEntries([...claims].map(([claim, each]) => [claim, { each }]))
  const connect = {
    kind,
    at,
    settle,
    interval,
    compare: '10m',
    subject: { iss: subject.iss, sub: sub ?? '/id' },
    ...(isAccount && { account: true }),
    claims: named,
    ...(options.size > 0 && { options: Object.fromEntries(options) }),
  }
  const plan = {
    sources: {
      [source]: {
        owner: 'identity',
        keys: `keys/${source}.jwks.json`,
        ordering: 'monotonic',
        heartbeat: '1s',
        lease,
        connect: { [tenant]: connect },
      },
    },
    claims: Object.fromEntries([...claims.keys()].map((claim) => [claim, claimPart(source)])),
  }
  return { plan, notes: [...notesOf(rows, sub, claims, isAccount), ...unannounced] }
}

async function sampleOf(
  connector: Connector | undefined,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const row of connector?.list?.(signal) ?? []) {
    rows.push(row)
    if (rows.length === SAMPLE_MAX) break
  }
  return rows
}

/** The member that has the key of each row, as its text or as its one element. */
function subjectPointer(rows: readonly Row[]): string | undefined {
  const names = Object.keys(objectOf(rows[0]?.attributes))
  const isKey = (pointer: (row: Row) => Json | undefined): boolean =>
    rows.every((row) => pointer(row) === row.key)
  for (const name of names) {
    if (isKey(({ attributes }) => objectOf(attributes)[name])) return `/${escaped(name)}`
    if (isKey(({ attributes }) => listAt(attributes, name)?.[0])) return `/${escaped(name)}/*`
  }
  return undefined
}

/** Pointers to the values of each claim, by a name that a claim can have. */
function claimPointers(rows: readonly Row[], sub: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const names = new Set(rows.flatMap(({ attributes }) => Object.keys(objectOf(attributes))))
  for (const name of names) {
    const claim = name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_')
    if (TECHNICAL.has(name) || sub?.startsWith(`/${escaped(name)}`) === true) continue
    const lists = rows.flatMap(({ attributes }) => [listAt(attributes, name) ?? []])
    const isPlural = lists.some(({ length }) => length > 1)
    if (!isPlural && !USUAL.has(claim)) continue
    const elements = lists.flat()
    const member = NAMES.find((each) => elements.every((one) => isText(objectOf(one)[each])))
    if (elements.length > 0 && elements.every(isText)) found.set(claim, `/${escaped(name)}/*`)
    else if (elements.length > 0 && member !== undefined)
      found.set(claim, `/${escaped(name)}/*/${member}`)
    if (found.size === CLAIMS_MAX) break
  }
  return found
}

function claimPart(source: string): object {
  return {
    source,
    owner: 'identity',
    description: 'Describe who gets a value, and why.',
    kind: 'authoritative',
    shape: 'set',
    class: 'reduce',
    maxTtl: '5m',
  }
}

function notesOf(
  rows: readonly Row[],
  sub: string | undefined,
  claims: ReadonlyMap<string, string>,
  isAccount: boolean,
): readonly string[] {
  return [
    rows.length === 0
      ? 'No subject could be read, so the pointers are guesses.'
      : `The pointers come from ${rows.length} subjects.`,
    ...(sub === undefined && rows.length > 0
      ? ['No member has the key of each subject, so check `sub`.']
      : []),
    ...(claims.size === 0 ? ['No list was found that can be a claim. Add `claims` by hand.'] : []),
    ...(isAccount
      ? [
          'It has the state of accounts. Set `account` of the registry to this source, or remove it.',
        ]
      : []),
    'Set `iss` to the issuer of the tenant whose tokens have these subjects.',
    'Remove the claims that no audience needs.',
  ]
}

function objectOf(json: Json | undefined): Readonly<Record<string, Json>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return {}
  return json as Readonly<Record<string, Json>>
}

function listAt(attributes: Json, name: string): readonly Json[] | undefined {
  const json = objectOf(attributes)[name]
  return Array.isArray(json) ? (json as readonly Json[]) : undefined
}

function isText(json: Json | undefined): boolean {
  return typeof json === 'string'
}

/** A segment of a JSON Pointer (RFC 6901 §3). */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
