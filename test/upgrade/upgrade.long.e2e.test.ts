import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canRun, SIDECARS, untilFresh } from '../e2e/test-stack.ts'
import { missingRelease, releaseBefore, THIS_BUILD, type Build } from '../fleet/build.ts'
import { startFleet, type Fleet } from '../fleet/fleet.ts'
import { SERVICES, type Replica, type Service } from '../fleet/replica.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { SLOW, startSoakWitness, type SoakWitness } from '../soak/witness.ts'

const SET_UP_WITHIN_MS = 600_000
const STEP_WITHIN_MS = 240_000
const CLEAR_WITHIN_MS = 60_000
/** A step of a release after this build that only adds. */
const LATER_STEP = `INSERT INTO freshet_migration (number, name, sha256, expands)
  SELECT max(number) + 1, 'next', 'of a later build', true FROM freshet_migration`

const missing = await missingRelease()
if (missing !== undefined) process.stderr.write(`${missing}\n`)

/** The order of docs/upgrade.md. One edge is upgraded before all services, and the other one never. */
const ORDER = SERVICES.filter((service) => service !== 'sidecar')

/** The tests are in the order of an upgrade, of the way back, and of an upgrade in another order. The traffic never pauses. */
describe.runIf(canRun && missing === undefined)('the release before beside this build', () => {
  let before: Build
  let broker: StackBroker
  let database: FreshDatabase
  let fleet: Fleet
  let witness: SoakWitness

  beforeAll(async () => {
    before = await releaseBefore()
    broker = await takeBroker()
    database = await freshDatabase({ migrated: false, max: 1 })
    fleet = await startFleet({
      build: before,
      // An edge can be newer than all services.
      buildOf: (name) =>
        name === 'sidecar:2' ? THIS_BUILD : name.endsWith(':2') ? undefined : before,
      development: true,
      brokers: broker.brokers,
      databaseUrl: database.url,
    })
    witness = await startSoakWitness(fleet.stack, SLOW)
  }, SET_UP_WITHIN_MS)
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await database?.drop()
    await broker?.free()
  })

  /** Replaces the services one by one. Everything works while a service has a process of each release. */
  async function replace(
    order: readonly Service[],
    { from, to, build }: { readonly from: number; readonly to: number; readonly build: Build },
  ): Promise<void> {
    for (const service of order) {
      await fleet.of(service)[to]?.start(build)
      await everythingWorks()
      await fleet.of(service)[from]?.stop()
    }
    await everythingWorks()
  }
  /** Resolves when both edges allow, the authority mints and the gateway accepts, and tokens are fresh. */
  async function everythingWorks(): Promise<void> {
    await witness.untilClear(CLEAR_WITHIN_MS)
    expect(witness.outages.isClear()).toBe(true)
    await untilFresh(fleet.stack)
  }
  async function commitOf(replica: Replica): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${replica.port}/v1/version`)
    return ((await answer.json()) as { readonly commit: string }).commit
  }

  it(
    'an edge of this build works with services of the release before',
    async () => {
      await everythingWorks()
      const [old, now] = await Promise.all(fleet.of('sidecar').map(commitOf))
      expect(before.dir).toContain(old)
      expect(now).not.toBe(old)
    },
    STEP_WITHIN_MS,
  )

  it(
    'the schema and the topics of this build serve processes of the release before',
    async () => {
      await fleet.prepare(THIS_BUILD)
      await database.db.query({ name: '', text: LATER_STEP })
      await everythingWorks()
    },
    STEP_WITHIN_MS,
  )

  it(
    'the services are replaced in the order of the page, and then serve an edge of the release before',
    () => replace(ORDER, { from: 0, to: 1, build: THIS_BUILD }),
    STEP_WITHIN_MS,
  )

  it(
    'the way back: the release before starts on the newer schema, and serves what this build wrote',
    () => replace(ORDER.toReversed(), { from: 1, to: 0, build: before }),
    STEP_WITHIN_MS,
  )

  it(
    'the reverse order is harmless, because nothing new is used before its end',
    () => replace(ORDER.toReversed(), { from: 0, to: 1, build: THIS_BUILD }),
    STEP_WITHIN_MS,
  )

  it(
    'no change was lost, and no edge allowed a request later than D after a removal',
    async () => {
      await witness.stop()
      expect(witness.ledger.lost(SIDECARS)).toEqual([])
      expect(witness.ledger.letIn).toEqual([])
      expect(witness.ledger.removals).toBeGreaterThan(5)
      expect(fleet.stack.deaths).toEqual([])
    },
    STEP_WITHIN_MS,
  )
})
