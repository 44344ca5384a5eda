import type { ThroughGroup } from '@freshet/domain'
import type { WireGroup } from './checkpoint-schema.ts'
import { framedHash } from './framing.ts'
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts'

/** The name of a list of tenants: base64url SHA-256 over all of them in their order, each with its length. */
export function tenantListName(tenants: readonly string[]): string {
  return framedHash(tenants)
}

/** A group as a heartbeat carries it. */
export function wireGroup({ list, tenants, sources }: ThroughGroup): WireGroup {
  const at = [...sources].map(([source, atMs]) => [source, formatRfc3339(atMs)])
  return { list, ...(tenants === undefined ? {} : { tenants }), at: Object.fromEntries(at) }
}

/** Reads a group. One whose tenants are not those that its list is named by is no group: it states nothing. */
export function groupOf({ list, tenants, at }: WireGroup): readonly ThroughGroup[] {
  if (tenants !== undefined && tenantListName(tenants) !== list) return []
  const sources = new Map<string, number>()
  for (const [source, text] of Object.entries(at)) {
    const atMs = parseRfc3339(text)
    if (atMs !== undefined) sources.set(source, atMs)
  }
  return [{ list, ...(tenants === undefined ? {} : { tenants }), sources }]
}
