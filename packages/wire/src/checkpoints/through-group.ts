import type { ThroughGroup } from '@freshet/protocol'
import type { WireGroup } from './checkpoint-schema.ts'
import { framedHash } from '../keys/framing.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'

/**
 * Returns the name of a list of tenants: base64url SHA-256 over all of them in their order, each with its
 * length.
 */
export function tenantListName(tenants: readonly string[]): string {
  return framedHash(tenants)
}

/** Returns a group in the wire form of a heartbeat. */
export function wireGroup({ list, tenants, sources }: ThroughGroup): WireGroup {
  const at = [...sources].map(([source, atMs]) => [source, formatRfc3339(atMs)])
  return { list, ...(tenants === undefined ? {} : { tenants }), at: Object.fromEntries(at) }
}

/** Reads a group. If the name of the list does not match its tenants, it is no group and states nothing. */
export function groupOf({ list, tenants, at }: WireGroup): readonly ThroughGroup[] {
  if (tenants !== undefined && tenantListName(tenants) !== list) return []
  const sources = new Map<string, number>()
  for (const [source, text] of Object.entries(at)) {
    const atMs = parseRfc3339(text)
    if (atMs !== undefined) sources.set(source, atMs)
  }
  return [{ list, ...(tenants === undefined ? {} : { tenants }), sources }]
}
