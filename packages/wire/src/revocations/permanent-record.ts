import { CONTROL_PARTITION, denialKey } from '@freshet/protocol'
import type { OutgoingRecord } from '../log/log.ts'
import { decodeRevocation } from './revocation-record.ts'

/** A record without expiry: the claim map, or a denial by its key. */
export type PermanentName =
  | { readonly kind: 'map' }
  | { readonly kind: 'denial'; readonly denialKey: string }

/**
 * Returns which record without expiry this is, if any: the claim map, or the denial of a key or an issuer.
 * Such records are in the control partition. The publisher publishes them again before the base passes them
 * (rule 48).
 */
export function permanentNameOf(partition: number, record: OutgoingRecord): PermanentName | null {
  if (partition !== CONTROL_PARTITION) return null
  const decoded = decodeRevocation({ ...record, partition })
  if (decoded?.scope === 'map') return { kind: 'map' }
  if (decoded?.scope !== 'denial') return null
  const { tenant, denial, target } = decoded
  const isPermanent = denial === 'key' || denial === 'issuer'
  return isPermanent
    ? { kind: 'denial', denialKey: denialKey({ tenant, kind: denial, id: target }) }
    : null
}
