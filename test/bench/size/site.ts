import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { publishedPolicyOf } from '@freshet/protocol'
import { postgresPublisherStore, type Database } from '@freshet/postgres'
import { untilPublished } from '../pipeline/pipeline.ts'
import type { BenchContext } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { openBulk, type Bulk } from './bulk.ts'

/** The reconciler's default of T_max and its margin. */
export const BASE_AGE_MS = 4_200_000

/** The database and services for all loads, which are measured one after the other. */
export interface Site {
  readonly context: BenchContext
  readonly stack: BenchStack
  readonly database: Database
  /** The feed of HR, whose people lose groups. */
  readonly feed: ChangeFeed
  /** The feed of the source that denies tokens. */
  readonly security: ChangeFeed
  readonly bulk: Bulk
  readonly publisher: ReturnType<typeof postgresPublisherStore>
  /** Returns the number of rows at the scale of this run; at least one. */
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

/** Returns the SQL for the key of a subject with this name prefix, by a number. */
export function subjectSql(prefix: string, n: string): string {
  return `'["${DEV_TENANT}","${DEV_IDP}","${prefix}' || ${n} || '"]'`
}
