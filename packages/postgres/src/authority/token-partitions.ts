import type { TokenPartitions } from '@freshet/authority'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import {
  endOf,
  listPartitions,
  QUARTER_MS,
  quarterOf,
  startOf,
  type TokenPartition,
} from './partition-names.ts'
import { ensurePast, moveStep } from './past-tokens.ts'

/** Two processes that make or empty the same partition take turns. */
const LOCK: Statement = {
  name: 'lock-token-partitions',
  text: `select pg_advisory_xact_lock(7310585030482047080)`,
}
/**
 * Partitions of the table `token` by expiry: `token_p<number of its quarter of an hour>`, and of the
 * past by day. For a pool that works as the ledger's owner, `freshet_ledger`.
 */
export function postgresTokenPartitions(db: Database): TokenPartitions {
  return {
    async ensure(fromMs, untilMs) {
      const wanted = numbersBetween(fromMs, untilMs)
      if ((await missing(db, wanted)).length === 0) return
      await inTurn(db, async (tx) => {
        for (const partition of await missing(tx, wanted)) await make(tx, partition)
      })
    },
    async retire(beforeMs) {
      const due = (await listPartitions(db)).filter(isOver('token', beforeMs))
      for (const partition of due) await retire(db, partition)
      return due.length
    },
    async dropBefore(beforeMs) {
      const due = (await listPartitions(db)).filter(isOver('token_past', beforeMs))
      for (const { name } of due) await run(db, `drop table if exists ${name}`)
      return due.length
    },
  }
}

/** A partition that a process left without a parent was on its way out of the ledger. */
function isOver(of: 'token' | 'token_past', beforeMs: number) {
  return ({ name, parent }: TokenPartition): boolean =>
    (parent ?? 'token') === of && endOf(name) <= beforeMs
}

function numbersBetween(fromMs: number, untilMs: number): readonly number[] {
  const first = quarterOf(fromMs)
  const end = Math.ceil(untilMs / QUARTER_MS)
  return Array.from({ length: end - first }, (_, index) => first + index)
}

async function missing(
  db: Queryable,
  wanted: readonly number[],
): Promise<readonly TokenPartition[]> {
  const there = new Map((await listPartitions(db)).map((row) => [row.name, row]))
  return wanted
    .map((number) => `token_p${number}`)
    .map((name) => there.get(name) ?? { name, parent: null, detaching: false })
    .filter(({ parent }) => parent !== 'token')
}

/**
 * Made apart and then attached: `create table … partition of` would lock the whole ledger against
 * everyone, attaching only against other changes of its shape. A fifth is left free in each page,
 * so that marking a token stale touches no index. A clock that was put back finds it among the past.
 */
async function make(tx: Queryable, { name, parent }: TokenPartition): Promise<void> {
  if (parent === null) await create(tx, name)
  else await run(tx, `alter table token_past detach partition ${name}`)
  await run(tx, `alter table token attach partition ${name} ${boundsOf(name)}`)
}

/** Rows are read through the ledger only: a partition has no policy of its own, and allows no access. */
async function create(tx: Queryable, name: string): Promise<void> {
  const shape = '(like token including all) with (fillfactor = 80)'
  await run(tx, `create table if not exists ${name} ${shape}`)
  await run(tx, `alter table ${name} enable row level security, force row level security`)
}

function boundsOf(name: string): string {
  return `for values from (${startOf(name)}) to (${endOf(name)})`
}

/**
 * Its tokens are copied while it is in the ledger, so that a reader finds each of them at every moment.
 * Detaching concurrently does not wait behind mints. Tokens that an authority with a slow clock minted
 * meanwhile are copied before the table is dropped. A crash between the steps is taken up here.
 */
async function retire(db: Database, { name, parent, detaching }: TokenPartition): Promise<void> {
  await inTurn(db, async (tx) => {
    await ensurePast(tx, name)
    await run(tx, `drop policy if exists past on ${name}`)
    await run(tx, `create policy past on ${name} to freshet_ledger using (true)`)
  })
  if (parent === 'token') {
    await empty(db, name)
    await run(
      db,
      `alter table token detach partition ${name} ${detaching ? 'finalize' : 'concurrently'}`,
    )
  }
  await empty(db, name)
  await run(db, `drop table if exists ${name}`)
}

async function empty(db: Database, name: string): Promise<void> {
  while ((await inTurn(db, (tx) => moveStep(tx, name))) > 0);
}

async function inTurn<T>(db: Database, fn: (tx: Queryable) => Promise<T>): Promise<T> {
  return inTransaction(db, {}, async (tx) => {
    await tx.query(LOCK)
    return fn(tx)
  })
}

/** Not prepared under a name: each text is sent once. */
async function run(db: Queryable, text: string): Promise<void> {
  await db.query({ name: '', text })
}
