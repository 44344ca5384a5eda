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
  type Subject,
} from '@freshet/domain'
import type { Queryable, Statement } from '../query.ts'

/**
 * One statement, so that all of it is read in one snapshot at any isolation level, in one round
 * trip. It must never lock a row: a locking clause reads the locked row again, in a newer state
 * than the rest (rule 4).
 */
const READ_MINT_SNAPSHOTS: Statement = {
  name: 'read-mint-snapshots',
  text: `
    select
      (select json_agg(json_build_array(
          p.partition, p.e::text, p.next_offset::text, p.active_pv, p.active_hash))
        from progress p where p.partition = any(q.partitions)) as progress,
      (select json_agg(json_build_array(f.source, f.partition, f.through_ms))
        from feed f
        where f.tenant = q.tenant and f.source = any(q.sources)
          and f.partition = any(q.partitions)) as feeds,
      (select json_agg(json_build_array(
          s.claim, s.source, s.floor_epoch::text, s.floor_n::text, s.elements))
        from claim_state s
        where s.subject = q.parties[1] and s.claim = any(q.claims)) as claims,
      (select json_agg(party.key)
        from unnest(q.parties) as party(key)
        where exists (select from claim_state s where s.subject = party.key)) as spoken_of,
      (select json_agg(json_build_array(
          a.subject, a.state, a.epoch::text, a.n::text, a.deleted_epoch::text, a.deleted_n::text))
        from account_state a where a.subject = any(q.parties)) as accounts,
      (select json_agg(distinct d.claim)
        from doubt d
        where d.subject = any(array[q.parties[1], q.everyone]) and d.claim = any(q.claims)
          and d.raised and not d.settled) as doubts,
      (select json_agg(json_build_array(s.claim, element.value, withdrawal.epoch, withdrawal.n))
        from claim_state s
        cross join lateral jsonb_object_keys(s.elements) as element(value)
        -- The limit keeps one look by key for each element; joined as a set, every withdrawal of
        -- the claim would be read.
        cross join lateral (
          select w.epoch::text, w.n::text
          from withdrawn_value w
          where w.tenant = q.tenant and w.claim = s.claim and w.value = element.value
          limit 1) as withdrawal
        where s.subject = q.parties[1] and s.claim = any(q.claims)) as withdrawn,
      (select json_agg(json_build_array(d.kind, d.target))
        from denial d where d.denial_key = any(q.denials)) as denied
    from rows from (json_to_recordset($1::json) as (
      tenant text, everyone text, parties text[], partitions int[], claims text[], sources text[],
      denials text[]
    )) with ordinality as q
    order by q.ordinality`,
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

/** Each query with its answer, all in one snapshot. @throws `database.*` */
export async function readMintSnapshots(
  db: Queryable,
  queries: readonly MintQuery[],
): Promise<readonly MintSnapshot[]> {
  const { rows } = await db.query<SnapshotRow & Record<string, unknown>>(READ_MINT_SNAPSHOTS, [
    JSON.stringify(queries.map(asked)),
  ])
  return queries.map((query, index) => snapshotOf(rows[index] as SnapshotRow, query))
}

function asked({ tenant, parties, claims, sources, denials }: MintQuery): object {
  return {
    tenant,
    everyone: subjectKey(wholeTenant(tenant)),
    parties: parties.map(subjectKey),
    partitions: [CONTROL_PARTITION, ...parties.map(partitionOf)],
    claims,
    sources,
    denials: denials.map(denialKey),
  }
}

function snapshotOf(row: SnapshotRow, { parties }: MintQuery): MintSnapshot {
  const [subject, ...actors] = parties
  return {
    control: partitionSnapshot(row, CONTROL_PARTITION),
    parties: [partyOf(row, subject), ...actors.map((actor) => partyOf(row, actor))],
    claims: claimsOf(row),
    doubts: new Set(row.doubts),
    withdrawn: withdrawnOf(row),
    denied: (row.denied ?? []).map(([kind, id]) => ({ kind, id })),
  }
}

function partyOf(row: SnapshotRow, party: Subject): PartySnapshot {
  const key = subjectKey(party)
  const account = row.accounts?.find(([subject]) => subject === key)
  return {
    partition: partitionSnapshot(row, partitionOf(party)),
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
