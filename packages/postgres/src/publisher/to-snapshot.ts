import {
  feedCondition,
  invariant,
  loadedPolicy,
  openAt,
  throughTable,
  type FeedThrough,
  type LoadedPolicy,
  type PublisherSnapshot,
} from '@freshet/protocol'
import { claimMapHash } from '@freshet/wire'
import type { PublishableRow } from '@freshet/reconciler'
import { toGrants } from '../rows/stored-grants.ts'
import type { FeedsRow, PublisherStatusRow } from './select-status.ts'

/** A snapshot without its rows. */
export type Standing = Omit<PublisherSnapshot<PublishableRow>, 'rows' | 'isDrained' | 'permanents'>

/** The state of a partition in the types of the port. */
export function toSnapshot(
  partition: number,
  row: PublisherStatusRow | undefined,
  policyOf: LoadedPolicy,
): Standing {
  invariant(row, `Partition ${partition} has no progress or publisher row.`)
  const policy = loadedPolicy({ pv: row.active_pv, hash: row.active_hash }, policyOf)
  return {
    partition,
    e: row.e,
    generation: row.generation,
    head: headOf(row),
    base: refOf(row.base_hash, row.base_offset),
    baseCandidates: row.candidates.map(([hash, offset, storedAtMs]) => ({
      hash,
      offset: BigInt(offset),
      storedAtMs,
    })),
    signers: new Set(row.signers),
    through: row.feeds === null ? null : throughTable(row.feeds.flatMap(toFeedThroughs), policy),
    leasesMs: policy?.map.leasesMs ?? new Map(),
    minimumPv: row.minimum_pv,
    ...sinceOf(row.foreign_since_ms),
    mapVersion: row.active_pv,
    mapHash: policy === null ? '' : claimMapHash(policy.map),
    next: { offset: row.next_offset, lastRecordHash: row.last_hash },
    openings: openAt(toGrants(row.openings), row.taken_at.getTime()),
    takenAtMs: row.taken_at.getTime(),
  }
}

function sinceOf(sinceMs: bigint | null): { readonly foreignSinceMs?: number } {
  return sinceMs === null ? {} : { foreignSinceMs: Number(sinceMs) }
}

function toFeedThroughs([
  source,
  throughMs,
  halted,
  length,
  tenants,
]: FeedsRow): readonly FeedThrough[] {
  const state = feedCondition({ throughMs, halted, beyond: { length } })
  return tenants.map((tenant) => ({ tenant, source, throughMs, state }))
}

function headOf(row: PublisherStatusRow): Standing['head'] {
  const ref = refOf(row.head_hash, row.head_offset)
  return ref === null || row.head_at === null ? null : { ...ref, storedAtMs: row.head_at.getTime() }
}

function refOf(hash: string | null, offset: bigint | null): Standing['base'] {
  return hash === null || offset === null ? null : { hash, offset }
}
