import type { Queryable, Statement } from '../connection/query.ts'
import { endOf, listPartitions, QUARTER_MS, quarterOf, startOf } from './partition-names.ts'

const DAY_QUARTERS = 96
/** So many tokens go over in one transaction. */
export const PAST_TOKENS_STEP = 5_000

/**
 * Moves tokens ($1: how many) of one partition of the ledger to the past. A partition whose tokens
 * are over has a policy for the ledger's owner; the ledger has none.
 */
const moving = (name: string): Statement => ({
  name: '',
  text: `
    with over as (delete from ${name} where ctid = any(array(select ctid from ${name} limit $1)) returning *)
    insert into token_past select * from over`,
})

/**
 * Moves one step of a partition to the past; returns the number of moved tokens. The caller has a
 * transaction.
 */
export async function moveStep(tx: Queryable, name: string): Promise<number> {
  return (await tx.query(moving(name), [PAST_TOKENS_STEP])).count
}

/**
 * Makes sure that the past has a place for the tokens of a quarter of an hour: the table of its day,
 * or of what other tables leave of that day.
 */
export async function ensurePast(tx: Queryable, quarter: string): Promise<void> {
  const past = (await listPartitions(tx)).filter(({ parent }) => parent === 'token_past')
  const spans = past.map(({ name }) => ({ start: startOf(name), end: endOf(name) }))
  const [start, end] = [startOf(quarter), endOf(quarter)]
  if (spans.some((span) => span.start <= start && end <= span.end)) return
  const day = quarterOf(start) - (quarterOf(start) % DAY_QUARTERS)
  const before = spans.map((span) => span.end).filter((ms) => ms <= start)
  const after = spans.map((span) => span.start).filter((ms) => ms >= end)
  const from = Math.max(day, ...before.map(quarterOf))
  const to = Math.min(day + DAY_QUARTERS, ...after.map(quarterOf))
  await create(tx, `token_past_${from}_${to}`, from * QUARTER_MS, to * QUARTER_MS)
}

/** Its rows come in the order of their ends, so the smallest index finds the pages of a time. */
async function create(tx: Queryable, name: string, fromMs: number, toMs: number): Promise<void> {
  const run = (text: string) => tx.query({ name: '', text })
  await run(`create table ${name} (like token_past including all)`)
  await run(`create index on ${name} using brin (exp_ms) with (autosummarize = on)`)
  await run(`alter table ${name} enable row level security, force row level security`)
  await run(
    `alter table token_past attach partition ${name} for values from (${fromMs}) to (${toMs})`,
  )
}
