import type { Registry } from '../registry.ts'
import type { Subject } from '../subject.ts'

/**
 * The reserved name of everything that probes use: their tenant, their source and their audience. Nothing real is
 * granted under it, which lint refuses, so what is said under it can be kept out of every figure about real changes.
 */
export const PROBE_NAME = 'freshet-probe'

/**
 * Whether a subject is one of probes: in their tenant, or, where a probe by hand walks the way of a real tenant, by a
 * name that begins with theirs. What is counted of it is of no real person, and stays out of the service levels.
 */
export function isOfProbes({ tenant, sub }: Pick<Subject, 'tenant' | 'sub'>): boolean {
  return tenant === PROBE_NAME || sub.startsWith(`${PROBE_NAME}-`)
}

/** Claims that probes take away from their own subjects: those of the probes’ source in the probes’ audience. */
export function probedClaims({ claims, audiences }: Registry): readonly string[] {
  const carried = audiences.get(PROBE_NAME)?.claims ?? []
  return carried.filter((name) => claims.get(name)?.source === PROBE_NAME)
}

/**
 * Whether a source has anything to say in a tenant. In that of probes, besides their own source, only those without
 * which no claim is fresh: the account source and the cut-off sources. Their own speaks nowhere else.
 */
export function isHeardIn(
  { account, cutOffs }: Pick<Registry, 'account' | 'cutOffs'>,
  tenant: string,
  source: string,
): boolean {
  if (source === PROBE_NAME) return tenant === PROBE_NAME
  return tenant !== PROBE_NAME || source === account || cutOffs.includes(source)
}
