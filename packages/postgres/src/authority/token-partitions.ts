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
/**
 * Tables of that name, and which parent they are partitions of: the ledger, what is past, or, where a
 * process died in between, none.
 */
const LIST: Statement = {
  name: 'list-token-partitions',
  text: `
    select c.relname as name, parent.relname as parent,
      coalesce(i.inhdetachpending, false) as detaching
    from pg_class c
    join pg_class ledger on ledger.relnamespace = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class parent on parent.oid = i.inhparent
    where ledger.oid = 'token'::regclass and c.relkind = 'r' and c.relname ~ '^token_p[0-9]{1,9}$'
    order by c.relname`,
}

interface PartitionRow {
  readonly name: string
  readonly parent: 'token' | 'token_past' | null
  readonly detaching: boolean
}

/**
 * Partitions of the table `token` by expiry: `token_p<number of its quarter of an hour>`. For a pool that
 * works as the ledger's owner, `freshet_ledger`.
 */
export function postgresTokenPartitions(db: Database): TokenPartitions {
  return {
    async ensure(fromMs, untilMs) {
      const wanted = numbersBetween(fromMs, untilMs)
      if ((await missing(db, wanted)).length === 0) return
      await inTransaction(db, {}, async (tx) => {
        await tx.query(LOCK)
        for (const partition of await missing(tx, wanted)) await make(tx, partition)
      })
    },
    async retire(beforeMs) {
      const over = (await list(db)).filter(({ parent }) => parent !== 'token_past')
      const due = over.filter(({ name }) => endOf(name) <= beforeMs)
      for (const partition of due) await retire(db, partition)
      return due.length
    },
    async dropBefore(beforeMs) {
      const past = (await list(db)).filter(({ parent }) => parent === 'token_past')
      const due = past.filter(({ name }) => endOf(name) <= beforeMs)
      for (const { name } of due) await run(db, `drop table if exists ${name}`)
      return due.length
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

async function missing(db: Queryable, wanted: readonly number[]): Promise<readonly PartitionRow[]> {
  const there = new Map((await list(db)).map((row) => [row.name, row]))
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
async function make(tx: Queryable, { name, parent }: PartitionRow): Promise<void> {
  if (parent === null) await create(tx, name)
  else await run(tx, `alter table token_past detach partition ${name}`)
  await run(tx, `alter table token attach partition ${name} ${boundsOf(name)}`)
}

/** Rows are reached through the ledger alone: of its own a partition has no policy, and lets nobody in. */
async function create(tx: Queryable, name: string): Promise<void> {
  const shape = '(like token including all) with (fillfactor = 80)'
  await run(tx, `create table if not exists ${name} ${shape}`)
  await run(tx, `alter table ${name} enable row level security, force row level security`)
}

function boundsOf(name: string): string {
  return `for values from (${endOf(name) - WIDTH_MS}) to (${endOf(name)})`
}

/**
 * Detaching concurrently does not wait behind mints; a crash between the steps is taken up here. It
 * leaves a constraint by which attaching needs to read no row.
 */
async function retire(db: Queryable, { name, parent, detaching }: PartitionRow): Promise<void> {
  if (parent === 'token') {
    const how = detaching ? 'finalize' : 'concurrently'
    await run(db, `alter table token detach partition ${name} ${how}`)
  }
  for (const index of indexesOfMarking(name)) await run(db, `drop index if exists ${index}`)
  await run(db, `alter table token_past attach partition ${name} ${boundsOf(name)}`)
}

/** Nothing is marked any more in a partition of the past, which is kept for weeks. */
function indexesOfMarking(name: string): readonly string[] {
  return ['tenant', 'sid'].map((column) => `${name}_${column}_jti_idx`)
}

/** Not prepared under a name: each text is sent once. */
async function run(db: Queryable, text: string): Promise<void> {
  await db.query({ name: '', text })
}

/** When the last token of a partition has expired. */
function endOf(name: string): number {
  return (Number(name.slice('token_p'.length)) + 1) * WIDTH_MS
}
