import { setTimeout as sleep } from 'node:timers/promises'
import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/domain'
import { moveOf, PEOPLE } from '../stack/people.ts'
import type { Site } from './site.ts'

const ENDED_WITHIN_MS = 600_000
const POLL_MS = 50

/** Feeds of HR whose statement has not ended, or goes on in steps. */
const NOT_ENDED = {
  name: 'bench-not-ended',
  text: `SELECT count(*)::int AS n FROM feed
    WHERE source = 'hr' AND (ended IS DISTINCT FROM $1 OR ending IS NOT NULL)`,
}

/**
 * HR states all of its people anew, and nothing is missing: from the begin until the end stands in all partitions
 * and no walk goes on, in milliseconds.
 *
 * @throws Error after ten minutes
 */
export async function measureStatement({ feed, database }: Site): Promise<number> {
  const begin = `statement-${feed.count}`
  const version = { epoch: 0n, n: BigInt(feed.count + 1) }
  const startMs = performance.now()
  await feed.append(borderOf('snapshot-begin', begin, version))
  const stated = Array.from({ length: PEOPLE }, () =>
    feed.append(moveOf(feed.count, `stated-${feed.count}`)),
  )
  await Promise.all(stated)
  await feed.append(borderOf('snapshot-end', `${begin}-end`, version))
  for (;;) {
    const { rows } = await database.query<{ n: number }>(NOT_ENDED, [begin])
    const tookMs = performance.now() - startMs
    if (rows[0]?.n === 0) return tookMs
    if (tookMs > ENDED_WITHIN_MS) throw new Error('The statement has not ended in ten minutes.')
    await sleep(POLL_MS)
  }
}

function borderOf(
  kind: 'snapshot-begin' | 'snapshot-end',
  id: string,
  sourceVersion: Change['sourceVersion'],
): Change {
  return { kind, tenant: DEV_TENANT, source: 'hr', id, sourceVersion, occurredAtMs: Date.now() }
}
