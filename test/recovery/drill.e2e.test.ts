import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canRun, SIDECARS, startOnStores, untilFresh, type TestStack } from '../e2e/test-stack.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { SLOW, startSoakWitness, type SoakWitness } from '../soak/witness.ts'
import { backUp, restore } from './backup.ts'

const CLEAR_WITHIN_MS = 90_000
const REMOVALS = 3

describe.runIf(canRun)(
  'Postgres is lost, and restored from a backup that is older than the topics',
  () => {
    let postgres: LocalPostgres
    let broker: StackBroker
    let stack: TestStack
    let witness: SoakWitness
    let dir: string

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'freshet-drill-'))
      postgres = await startPostgres({ durable: false, databaseUrl: '' })
      broker = await takeBroker()
      const stores = { brokers: broker.brokers, databaseUrl: postgres.url }
      stack = await startOnStores(stores, () => ({}))
      witness = await startSoakWitness(stack, SLOW)
    })
    afterAll(async () => {
      await stack?.stop()
      await broker?.free()
      await postgres?.stop()
      await rm(dir, { recursive: true, force: true })
    })

    async function inDatabase<Row extends Record<string, unknown>>(
      text: string,
    ): Promise<readonly Row[]> {
      await using db = createDatabase({
        url: postgres.url,
        max: 1,
        applicationName: 'freshet-test',
      })
      return (await db.query<Row>({ name: '', text })).rows
    }
    /** Resolves when some more removals have been accepted. */
    async function moreRemovals(): Promise<void> {
      const from = witness.ledger.removals
      const WAIT = { timeout: CLEAR_WITHIN_MS }
      await expect.poll(() => witness.ledger.removals, WAIT).toBeGreaterThanOrEqual(from + REMOVALS)
    }

    it('the backup is made while changes flow, and more follow', async () => {
      await moreRemovals()
      await backUp(postgres, join(dir, 'backup'))
      await inDatabase('CREATE TABLE after_the_backup ()')
      await moreRemovals()
    })

    it('the services continue from the restored database without a restart', async () => {
      await restore(postgres, join(dir, 'backup'))
      const [found] = await inDatabase<{ readonly at: string | null }>(
        `SELECT to_regclass('after_the_backup')::text AS at`,
      )
      expect(found).toEqual({ at: null })
      await witness.untilClear(CLEAR_WITHIN_MS)
      expect(witness.outages.isClear()).toBe(true)
      await untilFresh(stack)
      await moreRemovals()
    })

    it('no change was lost, and no edge allowed a request later than D after a removal', async () => {
      await witness.stop()
      expect(witness.ledger.lost(SIDECARS)).toEqual([])
      expect(witness.ledger.letIn).toEqual([])
      expect(stack.deaths).toEqual([])
    })
  },
)
