import type { Registry } from '../registry.ts'

/** The parts of a registry whose entries have names. */
export type NamedPart = 'tenants' | 'sources' | 'claims' | 'audiences' | 'clients' | 'slo'

/**
 * A registry as far as its file can be read, so that one bad line hides nothing about the others.
 * Entries that are malformed are declared and not in it: whoever refers to one is not wrong.
 */
export interface ReadableRegistry extends Omit<Registry, 'version' | 'account'> {
  /** `undefined` where it cannot be read. */
  readonly account: string | undefined
  /** Every name that the file declares; `undefined` for a part that cannot be read at all. */
  readonly declared: Readonly<Record<NamedPart, ReadonlySet<string> | undefined>>
}

/** A registry that is well-formed everywhere. */
export function readable(registry: Registry): ReadableRegistry {
  const { tenants, sources, claims, audiences, clients, slo } = registry
  return {
    ...registry,
    declared: {
      tenants: namesOf(tenants),
      sources: namesOf(sources),
      claims: namesOf(claims),
      audiences: namesOf(audiences),
      clients: namesOf(clients),
      slo: namesOf(slo),
    },
  }
}

function namesOf(part: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  return new Set(part.keys())
}
