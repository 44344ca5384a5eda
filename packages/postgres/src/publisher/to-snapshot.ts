import {
  feedCondition,
  invariant,
  loadedPolicy,
  openAt,
  throughTable,
  type FeedThrough,
  type LoadedPolicy,
  type PublisherSnapshot,
  type Permanent,
  type StoredHead,
} from '@freshet/protocol'
import { claimMapHash, encodeClaimMap } from '@freshet/wire'
import type { PublishableRow } from '@freshet/reconciler'
import { toGrants } from '../rows/stored-grants.ts'
import type { FeedsRow, PublisherStatusRow } from './select-status.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'

/** A snapshot without its rows. */
export type SnapshotHead = Omit<
  PublisherSnapshot<PublishableRow>,
  'rows' | 'isDrained' | 'permanents'
>

/** The state of a partition in the types of the port. */
export function toSnapshot(
  partition: number,
  row: PublisherStatusRow | undefined,
  policyOf: LoadedPolicy,
): SnapshotHead {
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
    grants: openAt(toGrants(row.openings), row.taken_at.getTime()),
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

function headOf(row: PublisherStatusRow): SnapshotHead['head'] {
  const ref = refOf(row.head_hash, row.head_offset)
  return ref === null || row.head_at === null ? null : { ...ref, storedAtMs: row.head_at.getTime() }
}

function refOf(hash: string | null, offset: bigint | null): SnapshotHead['base'] {
  return hash === null || offset === null ? null : { hash, offset }
}

/** Denials of keys and issuers, which have no expiry, with their latest publication. */
const selectPermanentDenials: Statement = {
  name: 'publisher-permanent-denials',
  text: `
    SELECT denial_key, record, published_hash, published_offset, published_at
    FROM denial WHERE kind IN ('key', 'issuer') AND record IS NOT NULL ORDER BY denial_key`,
}

/** A row of the statement. */
interface DenialTableRow {
  denial_key: string
  record: Buffer
  published_hash: string | null
  published_offset: bigint | null
  published_at: Date | null
}

/** The records without expiry, with their latest publication: the control partition alone has some. */
export async function readPermanents(
  tx: Queryable,
  reading: Promise<PublisherStatusRow | undefined>,
  policyOf: LoadedPolicy,
): Promise<readonly Permanent<PublishableRow>[]> {
  const [denials, status] = await Promise.all([permanentDenials(tx), reading])
  invariant(status, 'The control partition has no progress or publisher row.')
  return [...mapPermanent(status, policyOf), ...denials]
}

async function permanentDenials(tx: Queryable): Promise<readonly Permanent<PublishableRow>[]> {
  const { rows } = await tx.query<DenialTableRow>(selectPermanentDenials)
  return rows.map((row) => ({
    row: {
      id: null,
      record: unpackRecord(row.record),
      permanent: { kind: 'denial', denialKey: row.denial_key },
    },
    publishedIn: publishedIn(row.published_hash, row.published_offset, row.published_at),
  }))
}

/** The map of the active version as a row to publish; none before the first activation. */
function mapRow(status: PublisherStatusRow, policyOf: LoadedPolicy): readonly PublishableRow[] {
  const { active_pv: pv, active_hash: hash } = status
  const policy = loadedPolicy({ pv, hash }, policyOf)
  if (policy === null) return []
  return [{ id: null, record: encodeClaimMap(policy.map).record, permanent: { kind: 'map' } }]
}

function mapPermanent(
  status: PublisherStatusRow,
  policyOf: LoadedPolicy,
): readonly Permanent<PublishableRow>[] {
  const { map_published_hash: hash, map_published_offset: offset } = status
  const published = publishedIn(hash, offset, status.map_published_at)
  return mapRow(status, policyOf).map((row) => ({ row, publishedIn: published }))
}

function publishedIn(
  hash: string | null,
  offset: bigint | null,
  at: Date | null,
): StoredHead | null {
  if (hash === null || offset === null || at === null) return null
  return { hash, offset, storedAtMs: at.getTime() }
}
