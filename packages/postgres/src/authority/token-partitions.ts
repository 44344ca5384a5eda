import type { TokenPartitions } from '@freshet/authority'
import type { Database } from '../pool.ts'
import type { Queryable, Statement } from '../query.ts'
import { inTransaction } from '../transaction.ts'

/** Tokens that expire within the same 15 min share a partition of the ledger. */
const WIDTH_MS = 900_000

/** Two processes that make the same partition take turns. */
const LOCK: Statement = {
  name: 'lock-token-partitions',
  text: `select pg_advisory_xact_lock(7310585030482047080)`,
}
/** Tables of that name, whether they still are, never were, or are ceasing to be partitions. */
const LIST: Statement = {
  name: 'list-token-partitions',
  text: `
    select c.relname as name, i.inhparent is not null as attached,
      coalesce(i.inhdetachpending, false) as detaching
    from pg_class c
    join pg_class parent on parent.relnamespace = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid and i.inhparent = parent.oid
    where parent.oid = 'token'::regclass and c.relkind = 'r' and c.relname ~ '^token_p[0-9]{1,9}$'
    order by c.relname`,
}

interface PartitionRow {
  readonly name: string
  readonly attached: boolean
  readonly detaching: boolean
}

/** Partitions of the table `token` by expiry: `token_p<number of its quarter of an hour>`. */
export function postgresTokenPartitions(db: Database): TokenPartitions {
  return {
    async ensure(fromMs, untilMs) {
      const wanted = numbersBetween(fromMs, untilMs)
      if ((await missing(db, wanted)).length === 0) return
      await inTransaction(db, {}, async (tx) => {
        await tx.query(LOCK)
        for (const number of await missing(tx, wanted)) await make(tx, number)
      })
    },
    async dropBefore(beforeMs) {
      const over = (await list(db)).filter(
        ({ name }) => (numberOf(name) + 1) * WIDTH_MS <= beforeMs,
      )
      for (const partition of over) await drop(db, partition)
      return over.length
    },
  }
}

function numbersBetween(fromMs: number, untilMs: number): readonly number[] {
  const first = Math.floor(fromMs / WIDTH_MS)
  const end = Math.ceil(untilMs / WIDTH_MS)
  return Array.from({ length: end - first }, (_, index) => first + index)
}

async function list(db: Queryable): Promise<readonly PartitionRow[]> {
  return (await db.query<PartitionRow & Record<string, unknown>>(LIST)).rows
}

async function missing(db: Queryable, wanted: readonly number[]): Promise<readonly number[]> {
  const there = new Set((await list(db)).filter((row) => row.attached).map((row) => row.name))
  return wanted.filter((number) => !there.has(nameOf(number)))
}

/**
 * Made apart and then attached: `create table … partition of` would lock the whole ledger against
 * everyone, attaching only against other changes of its shape. A fifth is left free in each page,
 * so that marking a token stale touches no index.
 */
async function make(tx: Queryable, number: number): Promise<void> {
  const name = nameOf(number)
  const fromMs = number * WIDTH_MS
  const bounds = `from (${fromMs}) to (${fromMs + WIDTH_MS})`
  await run(
    tx,
    `create table if not exists ${name} (like token including all) with (fillfactor = 80)`,
  )
  await run(tx, `alter table token attach partition ${name} for values ${bounds}`)
}

/** Detaching concurrently does not wait behind mints; a crash between the steps is taken up here. */
async function drop(db: Queryable, { name, attached, detaching }: PartitionRow): Promise<void> {
  if (attached) {
    const how = detaching ? 'finalize' : 'concurrently'
    await run(db, `alter table token detach partition ${name} ${how}`)
  }
  await run(db, `drop table if exists ${name}`)
}

/** Not prepared under a name: each text is sent once. */
async function run(db: Queryable, text: string): Promise<void> {
  await db.query({ name: '', text })
}

function nameOf(number: number): string {
  return `token_p${number}`
}

function numberOf(name: string): number {
  return Number(name.slice('token_p'.length))
}
