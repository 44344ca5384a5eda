import { cliOf } from '../copy/cli-of.ts'
import { placeOf } from '../shell/route.ts'

/** The chain that is shown first. The other has an entry for each token. */
const FIRST_CHAIN = 'control'
/** The name of all chains in an address. The console has no such name: without a chain, it lists both. */
export const ALL_CHAINS = 'all'

const NAMES = ['stream', 'kind', 'tenant', 'ref', 'since', 'until'] as const

/** The entries that are listed, from the address. */
export type AuditQuery = Readonly<Record<(typeof NAMES)[number], string | null>>

/** Reads the query. A kind or an object is searched in both chains, and anything else in the control chain. */
export function auditQueryIn(query: URLSearchParams): AuditQuery {
  const [stream, kind, tenant, ref, since, until] = NAMES.map((name) => query.get(name) || null)
  const isNamed = Boolean(kind) || Boolean(ref)
  return {
    stream: stream ?? (isNamed ? ALL_CHAINS : FIRST_CHAIN),
    kind: kind ?? null,
    tenant: tenant ?? null,
    ref: ref ?? null,
    since: since ?? null,
    until: until ?? null,
  }
}

/** Returns the path of the console's answer. */
export function entriesPath(query: AuditQuery): string {
  return placeOf('/v1/audit', asked(query))
}

/** Returns the same query as a command. */
export function entriesCommand(query: AuditQuery): string {
  return cliOf('audit ls', asked(query))
}

function asked({ stream, ...rest }: AuditQuery): AuditQuery {
  return { stream: stream === ALL_CHAINS ? null : stream, ...rest }
}
