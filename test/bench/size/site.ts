import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { publishedPolicyOf } from '@freshet/domain'
import { postgresPublisherStore, type Database } from '@freshet/postgres'
import { untilPublished } from '../pipeline/pipeline.ts'
import type { BenchContext } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { openBulk, type Bulk } from './bulk.ts'

/** T_max and its margin, as the reconciler has them by default. */
export const BASE_AGE_MS = 4_200_000

/** What all loads are put on, one after the other, and measured at. */
export interface Site {
  readonly context: BenchContext
  readonly stack: BenchStack
  readonly database: Database
  /** Of HR, whose people lose groups. */
  readonly feed: ChangeFeed
  /** Of the source that denies tokens. */
  readonly security: ChangeFeed
  readonly bulk: Bulk
  readonly publisher: ReturnType<typeof postgresPublisherStore>
  /** So many rows at the scale of this run; at least one. */
  readonly rows: (full: number) => number
}

/** Starts it, with a thousand people who have groups. */
export async function openSite(context: BenchContext): Promise<Site> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  const { database, registry } = stack
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  await untilPublished(stack)
  const policy = publishedPolicyOf(registry.registry)
  return {
    context,
    stack,
    database,
    feed,
    security: new ChangeFeed(stack.kafka.writer(), stack.macKey),
    bulk: await openBulk(context, stack.at.databaseUrl),
    publisher: postgresPublisherStore(database, () => policy, BASE_AGE_MS),
    rows: (full) => Math.max(1, Math.round(full * context.scale)),
  }
}

/** SQL for the key of a subject whose name begins so, by a number. */
export function subjectSql(prefix: string, n: string): string {
  return `'["${DEV_TENANT}","${DEV_IDP}","${prefix}' || ${n} || '"]'`
}
