import type { FeedState } from '@freshet/domain'
import type { Feed, RefusedAt, SourceViewStore } from '@freshet/intake'
import type { Database } from '../pool.ts'
import { selectLatencies } from './select-latencies.ts'
import { selectRecordedFeeds } from './select-recorded-feeds.ts'
import { selectRefusals } from './select-refusals.ts'

/** What was recorded of feeds in Postgres. */
export function postgresSourceViewStore(db: Database): SourceViewStore {
  return {
    feeds: async ({ tenant, source }) => {
      const { rows } = await db.query<FeedRow>(selectRecordedFeeds, [tenant, source])
      return rows.map(({ partition, ...row }) => ({ partition, feed: feedOf(row) }))
    },
    latencies: async ({ tenant, source }, limit) => {
      const { rows } = await db.query<{ ms: bigint }>(selectLatencies, [tenant, source, limit])
      return rows.map(({ ms }) => Number(ms))
    },
    refused: (feed) => refused(db, feed),
  }
}

interface FeedRow {
  readonly partition: number
  readonly complete: bigint
  readonly beyond: readonly bigint[]
  readonly through_ms: bigint | null
  readonly halted: boolean
}

function feedOf({
  complete,
  beyond,
  through_ms: ms,
  halted,
}: Omit<FeedRow, 'partition'>): FeedState {
  return { complete, beyond, throughMs: ms === null ? null : Number(ms), halted }
}

interface RefusalRow {
  readonly partition: number
  readonly count: bigint
  readonly latest: readonly (Omit<RefusedAt, 'offset' | 'partition'> & { offset: string })[]
}

async function refused(
  db: Database,
  { tenant, source }: Feed,
): ReturnType<SourceViewStore['refused']> {
  const { rows } = await db.query<RefusalRow & Record<string, unknown>>(selectRefusals, [
    tenant,
    source,
  ])
  const latest = rows.flatMap((row) =>
    row.latest.map(({ offset, ...one }) => ({
      ...one,
      offset: BigInt(offset),
      partition: row.partition,
    })),
  )
  return {
    count: rows.reduce((sum, { count }) => sum + Number(count), 0),
    latest: latest.toSorted((a, b) => b.atMs - a.atMs),
  }
}
