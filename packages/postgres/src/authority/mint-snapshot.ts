import type { MintQuery } from '@freshet/authority'
import {
  CONTROL_PARTITION,
  denialKey,
  partitionOf,
  subjectKey,
  UNTOUCHED_ACCOUNT,
  wholeTenant,
  type AccountState,
  type ClaimSnapshot,
  type ClaimState,
  type ClaimValue,
  type DenialKind,
  type MintSnapshot,
  type PartitionSnapshot,
  type PartySnapshot,
  type SourceVersion,
} from '@freshet/domain'
import type { Queryable, Statement } from '../query.ts'

/**
 * One statement, so that all of it is read in one snapshot at any isolation level, in one round
 * trip. It must never lock a row: a locking clause reads the locked row again, in a newer state
 * than the rest (rule 4).
 */
const READ_MINT_SNAPSHOT: Statement = {
  name: 'read-mint-snapshot',
  text: `
    select
      (select json_agg(json_build_array(
          p.partition, p.e::text, p.next_offset::text, p.active_pv, p.active_hash))
        from progress p where p.partition = any($2::int[])) as progress,
      (select json_agg(json_build_array(f.source, f.partition, f.through_ms))
        from feed f
        where f.tenant = $4 and f.source = any($5::text[]) and f.partition = any($2::int[])) as feeds,
      (select json_agg(json_build_array(
          s.claim, s.source, s.floor_epoch::text, s.floor_n::text, s.elements))
        from claim_state s
        where s.subject = ($1::text[])[1] and s.claim = any($3::text[])) as claims,
      (select json_agg(party.key)
        from unnest($1::text[]) as party(key)
        where exists (select from claim_state s where s.subject = party.key)) as spoken_of,
      (select json_agg(json_build_array(
          a.subject, a.state, a.epoch::text, a.n::text, a.deleted_epoch::text, a.deleted_n::text))
        from account_state a where a.subject = any($1::text[])) as accounts,
      (select json_agg(distinct d.claim)
        from doubt d
        where d.subject = any(array[($1::text[])[1], $7]) and d.claim = any($3::text[])
          and d.raised and not d.settled) as doubts,
      (select json_agg(json_build_array(s.claim, element.value, withdrawal.epoch, withdrawal.n))
        from claim_state s
        cross join lateral jsonb_object_keys(s.elements) as element(value)
        -- The limit keeps one look by key for each element; joined as a set, every withdrawal of
        -- the claim would be read.
        cross join lateral (
          select w.epoch::text, w.n::text
          from withdrawn_value w
          where w.tenant = $4 and w.claim = s.claim and w.value = element.value
          limit 1) as withdrawal
        where s.subject = ($1::text[])[1] and s.claim = any($3::text[])) as withdrawn,
      (select json_agg(json_build_array(d.kind, d.target))
        from denial d where d.denial_key = any($6::text[])) as denied`,
}

type VersionedText = readonly [epoch: string, n: string]

interface SnapshotRow {
  readonly progress: (readonly [number, string, string, number, string | null])[] | null
  readonly feeds: (readonly [string, number, number | null])[] | null
  readonly claims:
    | (readonly [string, string, ...VersionedText, Readonly<Record<string, ElementText>>])[]
    | null
  readonly spoken_of: string[] | null
  readonly accounts:
    | (readonly [string, AccountState['state'], ...VersionedText, ...VersionedText])[]
    | null
  readonly doubts: string[] | null
  readonly withdrawn: (readonly [string, string, ...VersionedText])[] | null
  readonly denied: (readonly [DenialKind, string])[] | null
}

type ElementText = readonly [...VersionedText, present: boolean]

/** @throws `database.*` */
export async function readMintSnapshot(db: Queryable, query: MintQuery): Promise<MintSnapshot> {
  const keys = query.parties.map(subjectKey)
  const own = query.parties.map(partitionOf)
  const { rows } = await db.query<SnapshotRow & Record<string, unknown>>(READ_MINT_SNAPSHOT, [
    keys,
    [CONTROL_PARTITION, ...own],
    query.claims,
    query.tenant,
    query.sources,
    query.denials.map(denialKey),
    subjectKey(wholeTenant(query.tenant)),
  ])
  const row = rows[0] as SnapshotRow
  const party = (index: number): PartySnapshot => partyOf(row, keys[index] ?? '', own[index] ?? -1)
  return {
    control: partitionSnapshot(row, CONTROL_PARTITION),
    parties: [party(0), ...keys.slice(1).map((_, index) => party(index + 1))],
    claims: claimsOf(row),
    doubts: new Set(row.doubts),
    withdrawn: withdrawnOf(row),
    denied: (row.denied ?? []).map(([kind, id]) => ({ kind, id })),
  }
}

function partyOf(row: SnapshotRow, key: string, partition: number): PartySnapshot {
  const account = row.accounts?.find(([subject]) => subject === key)
  return {
    partition: partitionSnapshot(row, partition),
    known: account !== undefined || (row.spoken_of?.includes(key) ?? false),
    account:
      account === undefined
        ? UNTOUCHED_ACCOUNT
        : {
            state: account[1],
            version: versionOf(account[2], account[3]),
            deletedFloor: versionOf(account[4], account[5]),
          },
  }
}

/** A partition that nobody reads yet has no active version, so nothing is minted by it. */
function partitionSnapshot(row: SnapshotRow, wanted: number): PartitionSnapshot {
  const progress = row.progress?.find(([partition]) => partition === wanted)
  const feeds = row.feeds?.filter(([, partition]) => partition === wanted) ?? []
  return {
    e: BigInt(progress?.[1] ?? 0),
    nextOffset: BigInt(progress?.[2] ?? 0),
    activePv: progress?.[3] ?? 0,
    activeHash: progress?.[4] ?? null,
    throughMs: new Map(feeds.map(([source, , throughMs]) => [source, throughMs])),
  }
}

function claimsOf(row: SnapshotRow): ReadonlyMap<string, ClaimSnapshot> {
  return new Map(
    (row.claims ?? []).map(([claim, source, epoch, n, elements]) => [
      claim,
      { source, state: { floor: versionOf(epoch, n), elements: elementsOf(elements) } },
    ]),
  )
}

function elementsOf(elements: Readonly<Record<string, ElementText>>): ClaimState['elements'] {
  return new Map(
    Object.entries(elements).map(([key, [epoch, n, present]]) => [
      key,
      { value: JSON.parse(key) as ClaimValue, version: versionOf(epoch, n), present },
    ]),
  )
}

function withdrawnOf(row: SnapshotRow): MintSnapshot['withdrawn'] {
  const all = new Map<string, Map<string, SourceVersion>>()
  for (const [claim, value, epoch, n] of row.withdrawn ?? []) {
    const values = all.get(claim) ?? new Map<string, SourceVersion>()
    all.set(claim, values.set(value, versionOf(epoch, n)))
  }
  return all
}

function versionOf(epoch: string, n: string): SourceVersion {
  return { epoch: BigInt(epoch), n: BigInt(n) }
}
