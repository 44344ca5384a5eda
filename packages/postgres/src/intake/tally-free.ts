import type { FeedQuestion, FeedTally, PartitionTally } from '@freshet/intake'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { lockFreeFeeds, selectNextSequences, selectTallies } from './tally-feeds.ts'

/** Which feeds, and what of them. */
interface Asked {
  readonly source: string
  readonly feeds: readonly FeedQuestion[]
  readonly partitions: readonly number[]
}

/**
 * Tallies feeds of several tenants in one transaction, so `everyone` works across tenants. The rows of other tenants
 * than those that are named are neither read nor locked. A feed without a row is left out like one that is
 * locked: an insert would wait for another insert of the same row.
 */
export function tallyFree(everyone: Database, asked: Asked): Promise<readonly FeedTally[]> {
  const { source, feeds, partitions } = asked
  return inTransaction(everyone, {}, async (tx) => {
    const names = feeds.map(({ tenant }) => tenant)
    const { rows } = await tx.query<{ tenant: string }>(lockFreeFeeds, [source, names])
    // Statements that begin now see the commits of the earlier holders of the locks.
    const locked = new Set(rows.map(({ tenant }) => tenant))
    return tallies(tx, {
      source,
      partitions,
      feeds: feeds.filter((each) => locked.has(each.tenant)),
    })
  })
}

interface TallyRow extends PartitionTally {
  readonly tenant: string
}

async function tallies(
  tx: Queryable,
  { source, feeds, partitions }: Asked,
): Promise<readonly FeedTally[]> {
  const columns = columnsOf(feeds, [
    texts(({ tenant }) => tenant),
    int8s(({ sequence }) => sequence ?? null),
  ])
  const [next, tally] = await Promise.all([
    tx.query<{ tenant: string; sequence: bigint }>(selectNextSequences, [source, columns[0]]),
    tx.query<TallyRow>(selectTallies, [source, ...columns, partitions]),
  ])
  const byTenant = new Map<string, PartitionTally[]>()
  for (const { tenant, ...row } of tally.rows) {
    const of = byTenant.get(tenant) ?? []
    of.push(row)
    byTenant.set(tenant, of)
  }
  return next.rows.map(({ tenant, sequence }) => {
    return { tenant, next: sequence, partitions: byTenant.get(tenant) ?? [] }
  })
}
