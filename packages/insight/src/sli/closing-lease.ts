import type { Registry } from '@freshet/protocol'

/**
 * The longest time after its last heartbeat that an edge calls a claim of this source fresh: a verdict needs
 * the claim's source, the account source and the cut-off sources within their leases (rule 15), so the
 * shortest of them ends it.
 */
export function closingLeaseMs({ account, cutOffs, sources }: Registry, source: string): number {
  const needed = [source, account, ...cutOffs].flatMap((id) => sources.get(id)?.leaseMs ?? [])
  // Without a source there is no lease that ends anything.
  return needed.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...needed)
}
