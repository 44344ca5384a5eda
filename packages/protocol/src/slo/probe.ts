import type { Registry } from '../registry/registry.ts'
import type { Subject } from '../scope/subject.ts'

/**
 * The reserved name of everything that probes use: their tenant, their source and their audience. Lint
 * refuses real grants under it, so figures about real changes can leave out everything under it.
 */
export const PROBE_NAME = 'freshet-probe'

/**
 * Returns whether a subject belongs to probes: in their tenant, or, for a manual probe in a real tenant, by a
 * name that begins with theirs. Its counts concern no real person and stay out of the service levels.
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
 * Returns whether a source sends anything in a tenant. In that of probes, besides their own source, only
 * those without which no claim is fresh: the account source and the cut-off sources. The probes' own source
 * sends nothing elsewhere.
 */
export function sendsIn(
  { account, cutOffs }: Pick<Registry, 'account' | 'cutOffs'>,
  tenant: string,
  source: string,
): boolean {
  if (source === PROBE_NAME) return tenant === PROBE_NAME
  return tenant !== PROBE_NAME || source === account || cutOffs.includes(source)
}
