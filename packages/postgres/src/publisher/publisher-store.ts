import {
  OWNERSHIP_MS,
  ROWS_PER_PUBLICATION_MAX,
  type LoadedPolicy,
  type PublisherSnapshot,
} from '@freshet/domain'
import { gather, parkedIdIn, permanentNameOf, REVOCATIONS_TOPIC } from '@freshet/events'
import type { ForwardStore, PublishableRow, PublisherStore, StoreHead } from '@freshet/reconciler'
import type { Database } from '../pool.ts'
import type { Queryable, Statement } from '../query.ts'
import { unpackRecord } from '../stored-record.ts'
import { inTransaction } from '../transaction.ts'
import { liveSteps, type LiveTerms } from './live-steps.ts'
import { releasePartition, renewPartition, takePartition } from './ownership.ts'
import { readPermanents } from './read-permanents.ts'
import { selectForwardRows, selectRows, type OutboxTableRow } from './select-rows.ts'
import { selectStanding, type StandingRow } from './select-standing.ts'
import { storeHeads } from './store.ts'
import { deleteForwarded } from './store-head.ts'
import { toSnapshot } from './to-snapshot.ts'

/** Old candidates for the base that one snapshot reads, the oldest first; records without expiry can hold base back. */
const CANDIDATES_MAX = 1_000
/** Whose turns begin together share a transaction. */
const together = { max: 16 } as const
const oneSnapshot = { isolation: 'repeatable read', readOnly: true } as const
/** While a step is sent the transaction has no statement: a slow broker takes this long for some batches. */
const allowPauses: Statement = {
  name: 'publisher-allow-pauses',
  text: `SET LOCAL idle_in_transaction_session_timeout = '60s'`,
}

/** The publisher's store in Postgres. `baseAgeMs`: T_max + margin, as the publisher's own. */
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
    snapshot: snapshots(db, terms),
    readLive: (partition, use) =>
      inTransaction(db, oneSnapshot, async (tx) => {
        const [told] = await Promise.all([
          read(tx, { partition, through: false }, terms),
          tx.query(allowPauses),
        ])
        const { permanents, ...standing } = told()
        const map = permanents.map(({ row }) => row).filter(isMap)
        return use({ standing, steps: stepsBehind(tx, map, { ...standing, baseAgeMs }) })
      }),
    store: gather(
      (heads: readonly StoreHead[]) => inTransaction(db, {}, (tx) => storeHeads(tx, heads)),
      together,
    ),
  }
}

/** The rows of other topics in Postgres. */
export function postgresForwardStore(db: Database): ForwardStore {
  return {
    async pending(topic, after, limit) {
      const { rows } = await db.query<OutboxTableRow>(selectForwardRows, [topic, after, limit])
      return rows.map((row) => ({
        id: row.id,
        partition: row.partition,
        record: unpackRecord(row.record),
      }))
    },
    async remove(forwarded) {
      const parked = forwarded.flatMap(({ row, offset }) => {
        const id = parkedIdIn(row.record)
        return id === undefined ? [] : [{ id, partition: row.partition, offset }]
      })
      await db.query(deleteForwarded, [
        forwarded.map(({ row }) => row.id),
        parked.map(({ id }) => id),
        parked.map(({ partition }) => partition),
        parked.map(({ offset }) => offset),
      ])
    },
  }
}

interface Asked {
  readonly partition: number
  readonly through: boolean
}

function snapshots(db: Database, terms: Terms): PublisherStore['snapshot'] {
  const ask = gather(async (all: readonly Asked[]) => {
    const found = await inTransaction(db, oneSnapshot, (tx) =>
      Promise.all(all.map((asked) => waiting(tx, asked, terms))),
    )
    return found.map(async (snapshot) => snapshot())
  }, together)
  return (partition, { through } = { through: true }) => ask({ partition, through })
}

/** Read, and told apart: a policy version that is not loaded stops the partitions that it is active in. */
async function waiting(
  tx: Queryable,
  asked: Asked,
  terms: Terms,
): Promise<() => PublisherSnapshot<PublishableRow>> {
  const [rows, rest] = await Promise.all([
    unpublished(tx, asked.partition, ROWS_PER_PUBLICATION_MAX + 1),
    read(tx, asked, terms),
  ])
  const isDrained = rows.length <= ROWS_PER_PUBLICATION_MAX
  return () => ({ ...rest(), rows: rows.slice(0, ROWS_PER_PUBLICATION_MAX), isDrained })
}

function isMap({ permanent }: PublishableRow): boolean {
  return permanent?.kind === 'map'
}

interface Terms {
  readonly policyOf: LoadedPolicy
  readonly baseAgeMs: number
}

async function read(
  tx: Queryable,
  { partition, through }: Asked,
  { policyOf, baseAgeMs }: Terms,
): Promise<() => Omit<PublisherSnapshot<PublishableRow>, 'rows' | 'isDrained'>> {
  const values = [partition, CANDIDATES_MAX, baseAgeMs, through]
  const reading = tx.query<StandingRow>(selectStanding, values).then(({ rows }) => rows[0])
  const [standing, permanents] = await Promise.all([
    reading,
    readPermanents(tx, partition, reading, policyOf),
  ])
  return () => ({ ...toSnapshot(partition, standing, policyOf), permanents })
}

async function unpublished(
  tx: Queryable,
  partition: number,
  limit: number,
): Promise<readonly PublishableRow[]> {
  const values = [REVOCATIONS_TOPIC, partition, limit]
  const { rows } = await tx.query<OutboxTableRow>(selectRows, values)
  return rows.map((row) => {
    const record = unpackRecord(row.record)
    return { id: row.id, record, permanent: permanentNameOf(partition, record) }
  })
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
