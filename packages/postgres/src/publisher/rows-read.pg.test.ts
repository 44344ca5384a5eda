import type { StoreHead } from '@freshet/reconciler'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresPublisherStore } from './publisher-store.ts'

const P = 2
/** A candidate for every 10 s of a day. */
const CANDIDATES = 8_640
const DAY_MS = 86_400_000
/** Rows of all tables, and entries of their indexes, that a turn of one partition reads. */
const READ_MAX = 40

let fresh: FreshDatabase
let worker: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  worker = createDatabase({
    url: fresh.url,
    applicationName: 'freshet-test',
    max: 1,
    planOnce: true,
  })
})
afterAll(async () => {
  await worker.close()
  await fresh.drop()
})
beforeEach(async () => {
  await run('TRUNCATE progress, publisher, stored_checkpoint, outbox')
  await run(`INSERT INTO progress (partition, e) VALUES (${P}, 1)`)
})

async function run(text: string): Promise<void> {
  await fresh.db.query({ name: '', text })
}

const counting = (tables: RegExp, work: () => Promise<unknown>): Promise<number> =>
  rowsRead({ worker, catalogue: fresh.db }, tables, work)

describe('a partition whose base is a day old', () => {
  const store = () => postgresPublisherStore(worker, () => undefined, DAY_MS)
  const headOf = (hash: string, offset: number) => ({ hash, offset: BigInt(offset) })

  async function plantCandidates(): Promise<StoreHead> {
    const generation = (await store().take(P, 'a')) ?? 0n
    await run(`INSERT INTO stored_checkpoint (partition, hash, log_offset, stored_at, is_root)
      SELECT ${P}, 'h' || n, n, clock_timestamp() - (${CANDIDATES} - n) * interval '10 seconds', n = 0
      FROM generate_series(0, ${CANDIDATES - 2}) AS n`)
    await run(`UPDATE publisher SET head_hash = 'h', head_offset = ${CANDIDATES}, head_at = now(),
      base_hash = 'h0', base_offset = 0 WHERE partition = ${P}`)
    return {
      partition: P,
      generation,
      head: headOf('next', CANDIDATES + 1),
      kid: 'k1',
      base: headOf('h0', 0),
      linked: 'h',
      isAnew: false,
      published: [],
    }
  }

  it('reads the candidates that are old enough, and stores a head, without those in between', async () => {
    const head = await plantCandidates()
    let bases: readonly string[] = []
    const turn = async (): Promise<void> => {
      bases = (await store().snapshot(P)).baseCandidates.map(({ hash }) => hash)
      expect(await store().store(head)).toBe(true)
    }
    expect(await counting(/^stored_checkpoint/, turn)).toBeLessThan(READ_MAX)
    expect(bases).toEqual(['h0'])
    const { rows } = await fresh.db.query<{ n: number }>({
      name: '',
      text: `SELECT count(*)::int AS n FROM stored_checkpoint WHERE hash = 'next'`,
    })
    expect(rows[0]?.n).toBe(1)
  })

  it('would read all of them if it asked by their age alone (control)', async () => {
    await plantCandidates()
    const byAge = {
      name: 'test-by-age',
      text: `SELECT hash FROM stored_checkpoint WHERE partition = $1
        AND stored_at <= clock_timestamp() - interval '1 day' ORDER BY log_offset DESC LIMIT 1000`,
    }
    const read = await counting(/^stored_checkpoint/, () => worker.query(byAge, [P]))
    expect(read).toBeGreaterThan(CANDIDATES)
  })
})

describe('the control partition, beside the denials of very many tokens', () => {
  const DENIALS = 2_000
  const store = () => postgresPublisherStore(worker, () => undefined, DAY_MS)
  const readSnapshot = (): Promise<number> => counting(/^denial/, () => store().snapshot(0))

  beforeEach(async () => {
    await run('TRUNCATE denial')
    await run('INSERT INTO progress (partition, e) VALUES (0, 1)')
    await store().take(0, 'a')
    await run(`INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record)
      SELECT 'd' || n, 'acme', 'token', 't' || n, 'operators', 'c', 1, '\\x00'
      FROM generate_series(1, ${DENIALS}) AS n`)
  })

  it('reads those of keys and issuers alone', async () => {
    expect(await readSnapshot()).toBeLessThan(READ_MAX)
  })

  it('control: reads all of them without their index', async () => {
    await run('DROP INDEX denial_permanent')
    expect(await readSnapshot()).toBeGreaterThanOrEqual(DENIALS)
  })
})
