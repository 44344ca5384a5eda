import type {
  Audience,
  Claim,
  ForeignIssuer,
  Registry,
  ServiceLevel,
  Source,
} from '@freshet/protocol'
import { keySetsOf, parseRegistry, registryDocument } from '@freshet/registry'

/**
 * Returns the text of a policy version, as it is published. Its key sets are empty, except those of foreign
 * issuers: keys of a run rotate without a version of their own.
 */
export function documentOf(registry: Registry): string {
  const file = fileOf(registry)
  const foreign = [...(registry.issuers?.values() ?? [])]
  const keysIn = (path: string): ForeignIssuer['publicKeys'] =>
    foreign.find(({ keys }) => keys === path)?.publicKeys ?? []
  const sets = keySetsOf(parseRegistry(file, 'registry')).map(
    (path) => [path, { keys: keysIn(path) }] as const,
  )
  return registryDocument(file, new Map(sets))
}

/** Returns the registry in the form of a file, with durations as text. */
function fileOf({ version, account, cutOffs, cutOffShare, ...parts }: Registry): object {
  const { breakGlassMaxMs: maxFor, issuers } = parts
  return {
    version,
    account,
    cutOffs,
    ...(cutOffShare !== undefined && { guards: { cutOff: `${cutOffShare * 100}%` } }),
    ...(maxFor !== undefined && { breakGlass: { maxFor: `${maxFor}ms` } }),
    tenants: recordOf(parts.tenants, ({ identityProviders }) => ({ identityProviders })),
    sources: recordOf(parts.sources, sourceEntry),
    claims: recordOf(parts.claims, claimEntry),
    audiences: recordOf(parts.audiences, audienceEntry),
    ...(parts.slo.size > 0 && { slo: recordOf(parts.slo, levelEntry) }),
    ...(issuers !== undefined && { issuers: recordOf(issuers, issuerEntry) }),
  }
}

function sourceEntry({ heartbeatMs, leaseMs, ...source }: Source): object {
  return { ...without(source, 'id'), heartbeat: `${heartbeatMs}ms`, lease: `${leaseMs}ms` }
}

function claimEntry({ maxTtlMs, ...claim }: Claim): object {
  return { ...without(claim, 'name'), maxTtl: `${maxTtlMs}ms` }
}

function audienceEntry({ claims, ttlMs }: Audience): object {
  return { claims, ttl: `${ttlMs}ms` }
}

function levelEntry({ objective, withinMs, windowMs }: ServiceLevel): object {
  const share = `${Number((objective * 100).toFixed(4))}%`
  return { objective: share, within: `${withinMs}ms`, window: `${windowMs}ms` }
}

function issuerEntry({ marginMs, maxTtlMs, claims, ...issuer }: ForeignIssuer): object {
  const named = without(without(issuer, 'name'), 'publicKeys')
  const terms = { margin: `${marginMs}ms`, maxTtl: `${maxTtlMs}ms` }
  return { ...named, ...terms, claims: Object.fromEntries(claims) }
}

function without(value: object, member: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== member))
}

function recordOf<T>(map: ReadonlyMap<string, T>, of: (value: T) => object): object {
  return Object.fromEntries([...map].map(([name, value]) => [name, of(value)]))
}
