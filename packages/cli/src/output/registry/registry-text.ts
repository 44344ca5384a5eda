import type { RegistryAnswer, RegistryEntry, VersionAnswer } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { tableOf } from '../table.ts'

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
export function registryText(answer: RegistryAnswer): string {
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
      return entries.length === 0 ? [] : [`${name}\n${partText(columns, entries)}`]
    }),
    ...(answer.versions.length === 0 ? [] : [`versions\n${versionsText(answer.versions)}`]),
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
          `activated by ${ordered.by} at ${ordered.at}, minimum ${ordered.minimum}: ${ordered.reason}`,
        ]
      : []),
  ]
}

function partText(columns: readonly string[], entries: readonly RegistryEntry[]): string {
  const headings = [...columns.map((name) => name.replace(/Ms$/, '').toUpperCase()), 'ALSO']
  const rows = entries.map((entry) => [
    ...columns.map((name) => valueOf(name, entry[name]) || '-'),
    alsoOf(entry, columns),
  ])
  return tableOf(
    headings.map((heading) => ({ heading })),
    rows,
  )
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

function timeOf(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`
}

function versionsText(versions: readonly VersionAnswer[]): string {
  const headings = ['VERSION', 'PUBLISHED', 'BY', 'ACTIVATED', 'BY', 'MINIMUM', 'REASON']
  const rows = versions.map(({ version, published, ordered }) => [
    String(version),
    published?.at ?? '-',
    published?.by ?? '-',
    ordered?.at ?? '-',
    ordered?.by ?? '-',
    ordered === null ? '-' : String(ordered.minimum),
    ordered?.reason ?? '-',
  ])
  return tableOf(
    headings.map((heading) => ({ heading })),
    rows,
  )
}
