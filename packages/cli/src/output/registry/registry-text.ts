import type { RegistryAnswer, RegistryEntry, VersionAnswer } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { listOf, tableOf, type Column, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

/** The members that have a column of their own; the last column has the others. */
const COLUMNS = {
  claims: ['claim', 'source', 'owner', 'kind', 'maxTtlMs', 'onUnverified', 'audiences'],
  sources: ['source', 'owner', 'ordering', 'heartbeatMs', 'leaseMs'],
  audiences: ['audience', 'ttlMs', 'claims'],
  routes: ['audience', 'route', 'risk', 'require'],
  tenants: ['tenant'],
  clients: ['client', 'tenant', 'audiences'],
  issuers: ['issuer', 'iss', 'tenant', 'audiences', 'claims', 'marginMs', 'maxTtlMs'],
  objectives: ['class', 'objective', 'withinMs', 'windowMs'],
} as const

/**
 * The content of the active version: first the owner of each claim, and at the end the author of each
 * version.
 */
export function registryText(answer: RegistryAnswer, view: View = PLAIN_VIEW): string {
  const { claims, sources, audiences, tenants, clients, issuers = [], slo: objectives } = answer
  const routes = audiences.flatMap(({ audience, routes: all }) =>
    all.map((route) => ({ audience, ...route })),
  )
  const carried = audiences.map((audience) => ({ ...audience, routes: [] }))
  const people = { tenants, clients, issuers }
  const parts = { claims, sources, audiences: carried, routes, ...people, objectives }
  return [
    headOf(answer).map(printable).join('\n'),
    ...Object.entries(COLUMNS).flatMap(([name, columns]) => {
      const entries = parts[name as keyof typeof COLUMNS]
      return entries.length === 0 ? [] : [`${name}\n${partText(columns, entries, view)}`]
    }),
    ...(answer.versions.length === 0 ? [] : [`versions\n${versionsText(answer.versions, view)}`]),
  ].join('\n\n')
}

function headOf(answer: RegistryAnswer): readonly string[] {
  const { version, account, cutOffs, cutOffShare, breakGlassMaxMs, policySchema } = answer
  const { published, ordered } = answer
  return [
    `policy version ${version}; accounts: ${account}; cut-offs: ${cutOffs.join(' ') || '-'}`,
    ...(cutOffShare === null
      ? []
      : [`cut-offs of more than ${cutOffShare * 100}% of a tenant need confirmation`]),
    ...(breakGlassMaxMs === null
      ? []
      : [`break-glass grants last at most ${timeOf(breakGlassMaxMs)}`]),
    ...(policySchema === null ? [] : [`policies are checked against ${policySchema}`]),
    ...(published ? [`published by ${published.by} at ${published.at}`] : []),
    ...(ordered
      ? [
          `activated by ${ordered.by} at ${ordered.at}, minimum ${ordered.minimum}`,
          `reason: ${ordered.reason}`,
        ]
      : []),
  ]
}

/** Members that are lists: they are shortened before another one is left out. */
const LISTS: ReadonlySet<string> = new Set(['audiences', 'claims', 'require'])

/** The name of an entry stays, and the columns at the right are left out first. */
function columnOf(name: string, at: number): TableColumn {
  const heading = name.replace(/Ms$/, '').toUpperCase()
  if (at === 0) return { heading }
  return LISTS.has(name) ? { heading, kind: 'free' } : { heading, rank: at }
}

function partText(
  columns: readonly string[],
  entries: readonly RegistryEntry[],
  view: View,
): string {
  const rows = entries.map((entry) => [
    ...columns.map((name) => valueOf(name, entry[name]) || '-'),
    alsoOf(entry, columns),
  ])
  return tableOf([...columns, 'also'].map(columnOf), rows, view)
}

/** A member that is absent or empty takes no space. */
function alsoOf(entry: RegistryEntry, columns: readonly string[]): string {
  return Object.entries(entry)
    .filter(([name]) => !columns.includes(name))
    .map(([name, value]) => [name.replace(/Ms$/, ''), valueOf(name, value)])
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ')
}

function valueOf(name: string, value: unknown): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'number') return name.endsWith('Ms') ? timeOf(value) : String(value)
  if (typeof value === 'string') return value
  if (value === true) return 'true'
  if (Array.isArray(value)) return value.map((each) => valueOf('', each)).join(' ')
  return Object.entries(value)
    .map(([key, each]) => `${key}=${valueOf('', each)}`)
    .join(',')
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

function timeOf(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? ['s', 1_000]
  return `${ms / unitMs} ${unit}`
}

const VERSION_COLUMNS: readonly Column<VersionAnswer>[] = [
  { heading: 'VERSION', of: ({ version }) => String(version) },
  { heading: 'PUBLISHED', of: ({ published }) => published?.at ?? '-', kind: 'time' },
  { heading: 'BY', of: ({ published }) => published?.by ?? '-', rank: 2 },
  { heading: 'ACTIVATED', of: ({ ordered }) => ordered?.at ?? '-', kind: 'time' },
  { heading: 'BY', of: ({ ordered }) => ordered?.by ?? '-', rank: 1 },
  { heading: 'MINIMUM', of: ({ ordered }) => String(ordered?.minimum ?? '-'), rank: 3 },
  { heading: 'REASON', of: ({ ordered }) => ordered?.reason ?? '-', kind: 'free' },
]

/** The published versions, newest first: author and time, and the reason of the activation. */
export function versionsText(versions: readonly VersionAnswer[], view: View = PLAIN_VIEW): string {
  return listOf(VERSION_COLUMNS, versions, view)
}

/** The entries that probes need all have one name, which `name` is. */
export function withoutProbes(answer: RegistryAnswer, name: string): RegistryAnswer {
  const { tenants, sources, claims, audiences, clients } = answer
  return {
    ...answer,
    tenants: tenants.filter(({ tenant }) => tenant !== name),
    sources: sources.filter(({ source }) => source !== name),
    claims: claims.filter(({ source }) => source !== name),
    audiences: audiences.filter(({ audience }) => audience !== name),
    clients: clients.filter(({ tenant }) => tenant !== name),
  }
}
