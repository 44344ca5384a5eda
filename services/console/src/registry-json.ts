import type { Registry } from '@freshet/domain'

/** A policy version. */
export interface LoadedRegistry {
  readonly registry: Registry
  /** Of its document, as activations carry it. */
  readonly hash: string
}

/** Who owns each claim, where its truth lives and who receives it; no keys, no clients' secrets. */
export function registryJson({ registry, hash }: LoadedRegistry): object {
  const { version, account, cutOffs, sources, claims, audiences } = registry
  return {
    version,
    hash,
    account,
    cutOffs,
    sources: [...sources.values()].map((source) => ({
      source: source.id,
      owner: source.owner,
      contact: source.contact,
      ordering: source.ordering,
      heartbeatMs: source.heartbeatMs,
      leaseMs: source.leaseMs,
      onBehalfOf: source.onBehalfOf,
    })),
    claims: [...claims.values()].map((claim) => ({
      claim: claim.name,
      source: claim.source,
      owner: claim.owner,
      description: claim.description,
      kind: claim.kind,
      class: claim.class,
      maxTtlMs: claim.maxTtlMs,
      onUnverified: claim.onUnverified,
      publish: claim.publish,
      audiences: [...audiences.values()]
        .filter((audience) => audience.claims.includes(claim.name))
        .map(({ name }) => name),
    })),
  }
}
