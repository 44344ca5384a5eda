import { setTimeout as sleep } from 'node:timers/promises'
import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/protocol'
import { moveOf, PEOPLE } from '../stack/people.ts'
import type { Site } from './site.ts'

const ENDED_WITHIN_MS = 3_600_000
const POLL_MS = 50

/** Feeds of HR whose snapshot has not ended, or continues in steps. */
const NOT_ENDED = {
  name: 'bench-not-ended',
  text: `SELECT count(*)::int AS n FROM feed
    WHERE source = 'hr' AND (ended IS DISTINCT FROM $1 OR ending IS NOT NULL)`,
}

/**
 * Measures a snapshot of all people of HR that lacks nothing. Returns the time in milliseconds from the begin
 * until the end is in all partitions and no walk is in progress.
 *
 * @throws Error after an hour
 */
export function measureStatement({ feed, database }: Site): Promise<number> {
  return measureSnapshot({ feed, database }, BigInt(feed.count + 1), async () => {
    const stated = Array.from({ length: PEOPLE }, () =>
      feed.append(moveOf(feed.count, `stated-${feed.count}`)),
    )
    await Promise.all(stated)
  })
}

/**
 * The time of a snapshot of HR, from its begin until it has ended in all partitions, in milliseconds. `state` appends
 * the changes between begin and end.
 *
 * @throws Error after an hour
 */
export async function measureSnapshot(
  { feed, database }: Pick<Site, 'feed' | 'database'>,
  n: bigint,
  state: () => Promise<void>,
): Promise<number> {
  const begin = `statement-${n}`
  const version = { epoch: 0n, n }
  const startMs = performance.now()
  await feed.append(markerOf('snapshot-begin', begin, version))
  await state()
  await feed.append(markerOf('snapshot-end', `${begin}-end`, version))
  for (;;) {
    const { rows } = await database.query<{ n: number }>(NOT_ENDED, [begin])
    const tookMs = performance.now() - startMs
    if (rows[0]?.n === 0) return tookMs
    if (tookMs > ENDED_WITHIN_MS) throw new Error('The snapshot has not ended in an hour.')
    await sleep(POLL_MS)
  }
}

function markerOf(
  kind: 'snapshot-begin' | 'snapshot-end',
  id: string,
  sourceVersion: Change['sourceVersion'],
): Change {
  return { kind, tenant: DEV_TENANT, source: 'hr', id, sourceVersion, occurredAtMs: Date.now() }
}
