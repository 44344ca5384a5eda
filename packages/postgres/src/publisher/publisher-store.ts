import {
  CONTROL_PARTITION,
  OWNERSHIP_MS,
  ROWS_PER_PUBLICATION_MAX,
  type LoadedPolicy,
  type PublisherSnapshot,
} from '@freshet/protocol'
import { gather, quarantinedIdIn, permanentNameOf, REVOCATIONS_TOPIC } from '@freshet/wire'
import type {
  FloorStore,
  ForwardStore,
  PublishableRow,
  PublisherStore,
  StoreHead,
} from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import { inTransaction } from '../connection/transaction.ts'
import { revealRows, LAST_ID, liveSteps, type LiveTerms } from './select-live.ts'
import { readPermanents, toSnapshot } from './to-snapshot.ts'
import {
  selectForwardRows,
  selectForwardWaits,
  selectRows,
  selectWaiting,
  type OutboxTableRow,
  selectPublisherStatus,
  type PublisherStatusRow,
} from './select-status.ts'
import { storeHeads, deleteForwarded } from './store-head.ts'

/**
 * Takes a partition ($1) for an owner ($2) if no owner renewed within $3 ms of the database's clock. The next
 * generation names this ownership. A floor above the last id is of another sequence, and the outbox is read from its
 * start.
 */
const takePartition: Statement = {
  name: 'publisher-take',
  text: `
    INSERT INTO publisher AS p (partition, generation, owner, renewed_at)
    VALUES ($1, 1, $2, clock_timestamp())
    ON CONFLICT (partition) DO UPDATE
      SET generation = p.generation + 1, owner = excluded.owner, renewed_at = excluded.renewed_at,
        published_to = CASE WHEN p.published_to <= ${LAST_ID} THEN p.published_to ELSE 0 END
      WHERE p.owner IS NULL OR p.renewed_at < clock_timestamp() - $3 * interval '1 millisecond'
    RETURNING generation`,
}

/** Extends the ownership of a partition ($1) that still has this generation ($2). */
const renewPartition: Statement = {
  name: 'publisher-renew',
  text: `
    UPDATE publisher SET renewed_at = clock_timestamp()
    WHERE partition = $1 AND generation = $2
    RETURNING generation`,
}

/** Gives a partition ($1) up, if it still has this generation ($2). */
const releasePartition: Statement = {
  name: 'publisher-release',
  text: `UPDATE publisher SET owner = NULL WHERE partition = $1 AND generation = $2`,
}

/** Old candidates for the base that one snapshot reads, the oldest first; records without expiry can hold base back. */
const CANDIDATES_MAX = 1_000
/** Hidden rows are counted up to this number; all of them are revealed. */
const HIDDEN_MAX = 10_000
/** Turns that begin together share a transaction. */
const batching = { max: 16 } as const
const oneSnapshot = { isolation: 'repeatable read', readOnly: true } as const
/** While a step is sent the transaction has no statement: a slow broker takes this long for some batches. */
const allowPauses: Statement = {
  name: 'publisher-allow-pauses',
  text: `SET LOCAL idle_in_transaction_session_timeout = '60s'`,
}

/**
 * The publisher's store in Postgres, one for all publishers of a process: partitions whose turns begin together share
 * transactions. `baseAgeMs`: T_max + margin, as the publisher's own.
 */
export function postgresPublisherStore(
  db: Database,
  policyOf: LoadedPolicy,
  baseAgeMs: number,
): PublisherStore {
  const terms = { policyOf, baseAgeMs }
  return {
    async take(partition, owner) {
      const values = [partition, owner, OWNERSHIP_MS]
      const { rows } = await db.query<{ generation: bigint }>(takePartition, values)
      return rows[0]?.generation
    },
    async renew(partition, generation) {
      return (await db.query(renewPartition, [partition, generation])).count === 1
    },
    async release(partition, generation) {
      await db.query(releasePartition, [partition, generation])
    },
    async waiting() {
      const { rows } = await db.query<{ partition: number }>(selectWaiting, [REVOCATIONS_TOPIC])
      return rows.map(({ partition }) => partition)
    },
    snapshot: snapshots(db, terms),
    readLive: (partition, use) =>
      inTransaction(db, oneSnapshot, async (tx) => {
        const [statusIn] = await Promise.all([
          read(tx, [{ partition, through: false }], terms),
          tx.query(allowPauses),
        ])
        const { permanents, ...standing } = statusIn(partition)
        const map = permanents.map(({ row }) => row).filter(isMap)
        return use({ status: standing, steps: stepsBehind(tx, map, { ...standing, baseAgeMs }) })
      }),
    store: storing(db),
  }
}

/** The floors of the outbox in Postgres. */
export function postgresFloorStore(db: Database): FloorStore {
  return {
    async revealRows(partition) {
      const values = [REVOCATIONS_TOPIC, partition, HIDDEN_MAX]
      const { rows } = await db.query<{ rows: number }>(revealRows, values)
      return rows[0]?.rows ?? 0
    },
  }
}

/** The rows of other topics in Postgres. */
export function postgresForwardStore(db: Database): ForwardStore {
  return {
    async waits(behind) {
      const values = [[...behind.keys()], [...behind.values()]]
      const { rows } = await db.query<{ waits: boolean }>(selectForwardWaits, values)
      return rows[0]?.waits === true
    },
    async pending(topic, after, limit) {
      const { rows } = await db.query<OutboxTableRow>(selectForwardRows, [topic, after, limit])
      return rows.map((row) => ({
        id: row.id,
        partition: row.partition,
        record: unpackRecord(row.record),
      }))
    },
    async remove(forwarded) {
      const forwardedQuarantine = forwarded.flatMap(({ row, offset }) => {
        const id = quarantinedIdIn(row.record)
        return id === undefined ? [] : [{ id, partition: row.partition, offset }]
      })
      await db.query(deleteForwarded, [
        forwarded.map(({ row }) => row.id),
        forwardedQuarantine.map(({ id }) => id),
        forwardedQuarantine.map(({ partition }) => partition),
        forwardedQuarantine.map(({ offset }) => offset),
      ])
    },
  }
}

interface SnapshotQuestion {
  readonly partition: number
  readonly through: boolean
}

/** One way for those that share a transaction: what is urgent in the control partition waits for no other partition. */
interface Lanes<Way> {
  readonly quiet: Way
  readonly control: Way
  readonly subjects: Way
}

function lanesOf<Way>(make: () => Way): Lanes<Way> {
  return { quiet: make(), control: make(), subjects: make() }
}

function laneOf(partition: number, isQuiet: boolean): keyof Lanes<unknown> {
  if (isQuiet) return 'quiet'
  return partition === CONTROL_PARTITION ? 'control' : 'subjects'
}

function snapshots(db: Database, terms: Terms): PublisherStore['snapshot'] {
  const ask = lanesOf(() =>
    gather(async (all: readonly SnapshotQuestion[]) => {
      const found = await inTransaction(db, oneSnapshot, (tx) => waiting(tx, all, terms))
      return found.map(async (snapshot) => snapshot())
    }, batching),
  )
  return (partition, { through, isQuiet = false } = { through: true }) =>
    ask[laneOf(partition, isQuiet)]({ partition, through })
}

function storing(db: Database): PublisherStore['store'] {
  const store = lanesOf(() =>
    gather(
      (heads: readonly StoreHead[]) => inTransaction(db, {}, (tx) => storeHeads(tx, heads)),
      batching,
    ),
  )
  return (head) => store[laneOf(head.partition, head.published.length === 0)](head)
}

/** Reads and separates the rows: a policy version that is not loaded stops the partitions that it is active in. */
async function waiting(
  tx: Queryable,
  all: readonly SnapshotQuestion[],
  terms: Terms,
): Promise<readonly (() => PublisherSnapshot<PublishableRow>)[]> {
  const partitions = all.map(({ partition }) => partition)
  const [rows, rest] = await Promise.all([
    unpublished(tx, partitions, ROWS_PER_PUBLICATION_MAX + 1),
    read(tx, all, terms),
  ])
  return partitions.map((partition) => () => {
    const found = rows.get(partition) ?? []
    const isDrained = found.length <= ROWS_PER_PUBLICATION_MAX
    return { ...rest(partition), rows: found.slice(0, ROWS_PER_PUBLICATION_MAX), isDrained }
  })
}

function isMap({ permanent }: PublishableRow): boolean {
  return permanent?.kind === 'map'
}

interface Terms {
  readonly policyOf: LoadedPolicy
  readonly baseAgeMs: number
}

/** Returns the read state of one of the partitions. */
type StatusReader = (
  partition: number,
) => Omit<PublisherSnapshot<PublishableRow>, 'rows' | 'isDrained'>

async function read(
  tx: Queryable,
  all: readonly SnapshotQuestion[],
  { policyOf, baseAgeMs }: Terms,
): Promise<StatusReader> {
  const partitions = all.map(({ partition }) => partition)
  const withFeeds = all.filter(({ through }) => through).map(({ partition }) => partition)
  const values = [partitions, CANDIDATES_MAX, baseAgeMs, withFeeds]
  const reading = tx.query<PublisherStatusRow>(selectPublisherStatus, values)
  // A promise that is made and not awaited would end the process if the statement fails.
  const control = () => reading.then(({ rows }) => of(rows, CONTROL_PARTITION))
  const [{ rows }, permanents] = await Promise.all([
    reading,
    partitions.includes(CONTROL_PARTITION) ? readPermanents(tx, control(), policyOf) : [],
  ])
  return (partition) => ({
    ...toSnapshot(partition, of(rows, partition), policyOf),
    permanents: partition === CONTROL_PARTITION ? permanents : [],
  })
}

function of(
  rows: readonly PublisherStatusRow[],
  partition: number,
): PublisherStatusRow | undefined {
  return rows.find((row) => row.partition === partition)
}

async function unpublished(
  tx: Queryable,
  partitions: readonly number[],
  limit: number,
): Promise<ReadonlyMap<number, readonly PublishableRow[]>> {
  const values = [REVOCATIONS_TOPIC, partitions, limit]
  const { rows } = await tx.query<OutboxTableRow>(selectRows, values)
  const found = new Map<number, PublishableRow[]>(partitions.map((partition) => [partition, []]))
  for (const row of rows) {
    const record = unpackRecord(row.record)
    const permanent = permanentNameOf(row.partition, record)
    found.get(row.partition)?.push({ id: row.id, record, permanent })
  }
  return found
}

/** The claim map, where the partition carries it, and then all that is alive. */
async function* stepsBehind(
  tx: Queryable,
  map: readonly PublishableRow[],
  terms: LiveTerms,
): AsyncGenerator<readonly PublishableRow[]> {
  yield map
  yield* liveSteps(tx, terms)
}
