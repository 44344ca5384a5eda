import { isIP } from 'node:net'
import type { Source, SourceConnection } from '@freshet/protocol'
import { writtenDuration } from '../../diff/difference.ts'
import { escaped, finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts } from '../readable-registry.ts'
import { unknownName } from '../reference-findings.ts'

/** The addresses that each kind can have. */
const SCHEMES: Readonly<Record<Exclude<SourceConnection['kind'], 'file'>, readonly string[]>> = {
  keycloak: ['https:', 'http:'],
  outbox: ['postgres:', 'postgresql:'],
  ldap: ['ldaps:', 'ldap:'],
  scim: ['https:', 'http:'],
}
/** Schemes without TLS, which are for this machine alone. */
const UNPROTECTED: readonly string[] = ['http:', 'ldap:']

/** @internal What is wrong with the upstream systems of a source. */
export function connectionFindings(registry: LintedParts, source: Source): readonly Finding[] {
  const part = `${pointer('sources', source.id)}/connect`
  return [...(source.connections ?? [])].flatMap(([tenant, connection]) => {
    const place = `${part}/${escaped(tenant)}`
    return [
      ...unknownName(registry, { code: 'connect.unknown', part: 'tenants', name: tenant, place }),
      ...numbersItself(source, place),
      ...leaseTooShort(source, connection, place),
      ...otherClaims(registry, { source, connection, place }),
      ...otherAccounts(registry, { source, connection, place }),
      ...wrongAddress(connection, place),
    ]
  })
}

function numbersItself({ id, ordering }: Source, place: string): readonly Finding[] {
  if (ordering === 'monotonic') return []
  const message = `source ${id} numbers its events itself, and \`freshet serve connect\` does not`
  return [finding('connect.dense', place, { message, fix: 'write `ordering: monotonic`' })]
}

/** A heartbeat states a time that is earlier by settle, and comes once in an interval. */
function leaseTooShort(
  { id, leaseMs }: Source,
  { settleMs, intervalMs }: SourceConnection,
  place: string,
): readonly Finding[] {
  const least = 2 * (settleMs + intervalMs)
  if (leaseMs >= least) return []
  const message = `the lease of source ${id} is shorter than twice \`settle\` and \`interval\``
  const fix = `make lease ${writtenDuration(least)} or longer, if the upstream system needs that time`
  return [finding('connect.lease', place, { message, fix })]
}

interface Placed {
  readonly source: Source
  readonly connection: SourceConnection
  readonly place: string
}

function otherClaims(
  registry: LintedParts,
  { source, connection, place }: Placed,
): readonly Finding[] {
  return [...connection.claims.keys()].flatMap((name) => {
    const at = `${place}/claims/${escaped(name)}`
    const claim = registry.claims.get(name)
    if (claim === undefined)
      return unknownName(registry, { code: 'claim.unknown', part: 'claims', name, place: at })
    if (claim.source === source.id || claim.corroborates === source.id) return []
    const message = `${name} is a claim of source ${claim.source}, so changes of it are refused`
    return [
      finding('connect.claim', at, { message, fix: 'leave it out, or map a claim of the source' }),
    ]
  })
}

function otherAccounts(
  { account }: LintedParts,
  { source, connection, place }: Placed,
): readonly Finding[] {
  if (!connection.account || account === undefined || account === source.id) return []
  const message = `the accounts are those of source ${account}, so account events of ${source.id} are refused`
  const text = { message, fix: `leave account out, or write \`account: ${source.id}\` at the top` }
  return [finding('connect.account', `${place}/account`, text)]
}

function wrongAddress({ kind, at }: SourceConnection, place: string): readonly Finding[] {
  const wrong = (message: string, fix: string): readonly Finding[] => [
    finding('connect.address', `${place}/at`, { message, fix }),
  ]
  if (kind === 'file')
    return at.startsWith('/') ? [] : wrong(`${at} is no absolute path`, 'write the whole path')
  const url = URL.parse(at)
  if (url === null || !SCHEMES[kind].includes(url.protocol))
    return wrong(
      `${kind} has no such address`,
      `begin it with ${SCHEMES[kind].map((scheme) => `${scheme}//`).join(' or ')}`,
    )
  if (url.password !== '')
    return wrong(
      'the address has a password, and everybody who reads the registry would see it',
      'put it into the folder FRESHET_CONNECT_SECRETS',
    )
  if (UNPROTECTED.includes(url.protocol) && !isLoopback(url.hostname))
    return wrong('the connection to another machine would not be encrypted', 'use TLS')
  return []
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}
