import type { Registry } from '@freshet/domain'
import type { ActivationOrder, PublishedVersion } from '@freshet/policy'

/** A policy version. */
export interface LoadedRegistry {
  readonly registry: Registry
  /** Of its document, as activations carry it. */
  readonly hash: string
}

/** Who brought a version, as far as it is kept. */
export interface VersionHistory {
  readonly published: Pick<PublishedVersion, 'by' | 'atMs'> | undefined
  readonly ordered: ActivationOrder | undefined
}

/** Who owns each claim, where its truth lives and who receives it; no keys, no clients' secrets. */
export function registryJson(
  { registry, hash }: LoadedRegistry,
  { published, ordered }: VersionHistory,
): object {
  const { version, account, cutOffs, sources, claims, audiences } = registry
  return {
    version,
    hash,
    published: published === undefined ? null : { by: published.by, at: iso(published.atMs) },
    ordered: ordered === undefined ? null : orderJson(ordered),
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

function orderJson({ by, reason, minimum, atMs }: ActivationOrder): object {
  return { by, reason, minimum, at: iso(atMs) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
