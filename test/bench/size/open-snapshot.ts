import { untilPublished } from '../pipeline/pipeline.ts'
import { moveOf } from '../stack/people.ts'
import { openClient } from './bulk.ts'
import { FULL } from './planted.ts'
import type { Site } from './site.ts'

/** The number of changes that are on their way at once. */
const WAVE = 5_000

/** Removes the data of a load. */
export type Remove = () => Promise<void>

/** Opens a snapshot, as a dump of the database does, and sends the changes of an hour. */
export async function openSnapshot(site: Site): Promise<Remove> {
  const { context, stack, feed, bulk } = site
  const client = await openClient(context, stack.at.databaseUrl)
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT count(*) FROM progress')
  const count = site.rows(FULL.churn)
  for (let from = 0; from < count; from += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, count - from) }, () =>
      feed.append(moveOf(feed.count, `churn-${feed.count}`)),
    )
    await Promise.all(wave)
    await untilPublished(stack)
  }
  return async () => {
    await client.query('ROLLBACK')
    await bulk.run('VACUUM (ANALYZE)')
  }
}
