import { ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { selectAppliesOf } from '../slis/sli-turn.ts'
import { postgresObservatoryStore } from './observatory-store.ts'

const EDGES = 5
/** Each edge has applied so much since what is asked for. */
const LATER = 1_000
/** A few rows, and entries of indexes, for each edge. */
const READ_MAX = 12 * EDGES

let fresh: FreshDatabase
let one: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  one = createDatabase({ url: fresh.url, applicationName: 'freshet-test', max: 1 })
  await fresh.db.query({
    name: '',
    text: `
      INSERT INTO edge_apply (edge, partition, up_to, appended_at_ms, applied_at_ms)
      SELECT 'edge-' || e, 1, n, n, n + 10
      FROM generate_series(1, ${EDGES}) e, generate_series(1, ${LATER}) n`,
  })
})
afterAll(async () => {
  await one.close()
  await fresh.drop()
})
const reading = (work: () => Promise<unknown>): Promise<number> =>
  rowsRead({ worker: one, catalogue: fresh.db }, /^edge_apply/, work)

describe('what is read of the applies of edges, however many followed', () => {
  it('by who explains a change', async () => {
    const store = postgresObservatoryStore(one, new ManualClock())
    expect(await store.applies(1, 10n)).toHaveLength(EDGES)
    expect(await reading(() => store.applies(1, 10n))).toBeLessThan(READ_MAX)
  })

  it('by who measures one', async () => {
    const edges = Array.from({ length: EDGES }, (_, n) => `edge-${n + 1}`)
    const ask = () => one.query(selectAppliesOf, [[1], [10n], edges])
    expect((await ask()).rows).toMatchObject(edges.map((edge) => ({ edge, upTo: 11n })))
    expect(await reading(ask)).toBeLessThan(READ_MAX)
  })

  it('is all of them where a case decides which comes first (control)', async () => {
    const text = `SELECT DISTINCT ON (edge) edge FROM edge_apply
      WHERE partition = $1 AND up_to > $2 ORDER BY edge,
        CASE WHEN from_offset IS NULL THEN up_to ELSE -applied_at_ms END`
    const read = await reading(() => one.query({ name: '', text }, [1, 10n]))
    expect(read).toBeGreaterThan(EDGES * (LATER - 20))
  })
})
