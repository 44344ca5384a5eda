import { nearestName, type Registry } from '@freshet/protocol'
import type { Slo } from '@freshet/protocol/slo'

/** The parts of a registry whose entries have names. */
export type NamedPart =
  | 'tenants'
  | 'sources'
  | 'claims'
  | 'audiences'
  | 'clients'
  | 'issuers'
  | 'slo'

/**
 * A registry as far as its file can be read, so that one bad line hides nothing about the others. Malformed
 * entries count as declared and are not in it: a reference to one is not wrong.
 */
export interface ReadableRegistry extends Omit<Registry, 'version' | 'account'> {
  /** `undefined` where it cannot be read. */
  readonly account: string | undefined
  /** Every name that the file declares; `undefined` for a part that cannot be read at all. */
  readonly declared: Readonly<Record<NamedPart, ReadonlySet<string> | undefined>>
}

/** Unknown names that are compared with all declared ones; of a file with more, the rest get no hint. */
const HINTS_MAX = 100

/** Knowledge beside the registry; rules that need missing knowledge report nothing. */
export interface LintTerms {
  /** Today. */
  readonly nowMs?: number | undefined
  /** The objectives that are measured for this registry. */
  readonly slos?: readonly Slo[] | undefined
}

/** @internal A registry while it is linted. */
export interface LintedParts extends ReadableRegistry, LintTerms {
  /** Returns the name that was probably meant, for a name that a part does not declare. */
  readonly hint: (part: NamedPart, name: string) => string | undefined
}

/** @internal The same with hints, a limited number of them: each is compared with every name. */
export function withHints(registry: ReadableRegistry): LintedParts {
  let left = HINTS_MAX
  return {
    ...registry,
    hint: (part, name) => {
      left -= 1
      return left < 0 ? undefined : nearestName(name, registry.declared[part] ?? [])
    },
  }
}

/** A registry that is well-formed everywhere. */
export function readable(registry: Registry): ReadableRegistry {
  const { tenants, sources, claims, audiences, clients, issuers = new Map(), slo } = registry
  return {
    ...registry,
    declared: {
      tenants: namesOf(tenants),
      sources: namesOf(sources),
      claims: namesOf(claims),
      audiences: namesOf(audiences),
      clients: namesOf(clients),
      issuers: namesOf(issuers),
      slo: namesOf(slo),
    },
  }
}

function namesOf(part: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  return new Set(part.keys())
}
