import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliFolder, type CliFolder } from '../e2e/cli.ts'
import { check } from '../e2e/edge.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, SIDECARS, startOnStores, untilFresh, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { groupsOf, mint } from '../e2e/token.ts'
import { freshetOf, THIS_BUILD } from '../fleet/build.ts'
import { removeTopics, takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { SLOW, startSoakWitness, type SoakWitness } from '../soak/witness.ts'
import { backUp, restore } from './backup.ts'

const CLEAR_WITHIN_MS = 90_000
const DRILL_WITHIN_MS = 300_000
const REMOVALS = 2
const claim = 'groups'

/** The tests are in the order of two losses: of Postgres alone, then of Postgres and the topics. */
describe.runIf(canRun)('a restored backup', () => {
  let postgres: LocalPostgres
  let broker: StackBroker
  let stack: TestStack
  let witness: SoakWitness
  let cli: CliFolder
  let dir: string
  let wrong = ''

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-drill-'))
    postgres = await startPostgres({ durable: false, databaseUrl: '' })
    broker = await takeBroker()
    const stores = { brokers: broker.brokers, databaseUrl: postgres.url }
    stack = await startOnStores(stores, () => ({}))
    cli = await cliFolder(stack)
    witness = await startSoakWitness(stack, SLOW)
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    await broker?.free()
    await postgres?.stop()
    await rm(dir, { recursive: true, force: true })
    expect(stack?.deaths).toEqual([])
  })

  async function hasTable(name: string): Promise<boolean> {
    await using db = createDatabase({ url: postgres.url, max: 1, applicationName: 'freshet-test' })
    const text = 'SELECT to_regclass($1) IS NOT NULL AS found'
    const { rows } = await db.query<{ readonly found: boolean }>({ name: '', text }, [name])
    return rows[0]?.found ?? false
  }
  async function createTable(name: string): Promise<void> {
    await using db = createDatabase({ url: postgres.url, max: 1, applicationName: 'freshet-test' })
    await db.query({ name: '', text: `CREATE TABLE ${name} ()` })
  }
  /** Resolves when some more removals have been accepted. */
  async function moreRemovals(): Promise<void> {
    const from = witness.ledger.removals
    const wait = { timeout: CLEAR_WITHIN_MS }
    await expect.poll(() => witness.ledger.removals, wait).toBeGreaterThanOrEqual(from + REMOVALS)
  }
  const decisionsAbout = (token: string): Promise<readonly string[]> =>
    Promise.all(
      SIDECARS.map(
        async (edge) => (await check(stack, { token, require: { groups: ['b'] } }, edge)).decision,
      ),
    )

  it(
    'is older than the topics: changes flow while it is made, and more follow',
    async () => {
      await moreRemovals()
      await backUp(postgres, join(dir, 'first'))
      await createTable('after_the_backup')
      await moreRemovals()
    },
    DRILL_WITHIN_MS,
  )

  it(
    'serves the running services, which continue without a restart',
    async () => {
      await restore(postgres, join(dir, 'first'))
      expect(await hasTable('after_the_backup')).toBe(false)
      await witness.untilClear(CLEAR_WITHIN_MS)
      expect(witness.outages.isClear()).toBe(true)
      await untilFresh(stack)
      await moreRemovals()
    },
    DRILL_WITHIN_MS,
  )

  it(
    'loses no change, and no edge allows a request later than D after a removal',
    async () => {
      await witness.stop()
      expect(witness.ledger.lost(SIDECARS)).toEqual([])
      expect(witness.ledger.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it(
    'control: if the topics are lost, too, a token that is minted before the resync has a removed value',
    async () => {
      const hr = sourceOf(stack, 'hr')
      await recorded(
        stack,
        await hr.send({ op: 'set', subject: 'alice', claim, value: ['a', 'b'] }),
      )
      const before = await mint(stack, 'alice')
      await backUp(postgres, join(dir, 'second'))
      await applied(stack, await hr.send({ op: 'remove', subject: 'alice', claim, value: 'b' }))
      const inRegion = [...stack.processes.values()].filter(
        ({ plan }) => !plan.name.startsWith('sidecar'),
      )
      for (const process of inRegion) await process.stop('SIGKILL')
      await removeTopics(broker.brokers)
      const kafka = { KAFKA_BROKERS: broker.brokers.join(',') }
      await freshetOf(THIS_BUILD, ['topic', 'apply', '--development'], kafka)
      await restore(postgres, join(dir, 'second'))
      for (const process of inRegion) await process.start()
      await untilFresh(stack)
      wrong = await mint(stack, 'alice')
      expect(groupsOf(wrong)).toContain('b')
      expect(await decisionsAbout(before)).not.toContain('allow')
    },
    DRILL_WITHIN_MS,
  )

  it(
    'after the resync a new token lacks the removed value, and every edge refuses the wrong one',
    async () => {
      const file = join(dir, 'hr.jsonl')
      const people = [...witness.expected(), ['alice', ['a']], ['probe', ['staff']]] as const
      const lines = people.map(([subject, value]) => JSON.stringify({ subject, claim, value }))
      await writeFile(file, lines.join('\n'))
      const resync = await cli.freshet('source', 'resync', file, '--source', 'hr')
      expect(resync).toMatchObject({ code: 0 })
      await expect
        .poll(() => decisionsAbout(wrong), { timeout: CLEAR_WITHIN_MS })
        .not.toContain('allow')
      await untilFresh(stack)
      expect(groupsOf(await mint(stack, 'alice'))).toEqual(['a'])
    },
    DRILL_WITHIN_MS,
  )
})
