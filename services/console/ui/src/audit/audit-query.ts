import { cliOf } from '../copy/cli-of.ts'
import { placeOf } from '../shell/route.ts'

/** The chain that is shown first. The other has an entry for each token. */
const FIRST_CHAIN = 'control'
/** The name of all chains in an address. The console has no such name: without a chain, it lists both. */
export const ALL_CHAINS = 'all'

const NAMES = ['stream', 'kind', 'tenant', 'ref', 'since', 'until', 'reads'] as const

/** The entries that are listed, from the address. */
export type AuditQuery = Readonly<Record<(typeof NAMES)[number], string | null>>

/**
 * Reads the query. A kind or an object is searched in both chains and among all entries. Anything else is searched in
 * the control chain, without what admins read.
 */
export function auditQueryIn(query: URLSearchParams): AuditQuery {
  const [stream, kind, tenant, ref, since, until, reads] = NAMES.map(
    (name) => query.get(name) || null,
  )
  const isNamed = Boolean(kind) || Boolean(ref)
  return {
    stream: stream ?? (isNamed ? ALL_CHAINS : FIRST_CHAIN),
    kind: kind ?? null,
    tenant: tenant ?? null,
    ref: ref ?? null,
    since: since ?? null,
    until: until ?? null,
    reads: isNamed ? null : (reads ?? 'false'),
  }
}

/** Returns the path of the console's answer. */
export function entriesPath(query: AuditQuery): string {
  const { kind, ref } = query
  const isNamed = kind !== null || ref !== null
  return placeOf('/v1/audit', { ...requested(query), activations: isNamed ? null : 'versions' })
}

/** Returns the same query as a command. */
export function entriesCommand(query: AuditQuery): string {
  const { reads, ...words } = requested(query)
  return cliOf('audit ls', { ...words, reads: reads === 'true' })
}

function requested({ stream, ...rest }: AuditQuery): AuditQuery {
  return { stream: stream === ALL_CHAINS ? null : stream, ...rest }
}
