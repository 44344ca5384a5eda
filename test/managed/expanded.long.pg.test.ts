import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
} from '../setup/start-service.ts'

/** The client of the broker makes several attempts before it reports that there is none. */
const BROKER_WITHIN_MS = 45_000

let fresh: FreshDatabase
let plans: PlansWithoutStores
const run = (text: string) => fresh.db.query({ name: '', text })

beforeAll(async () => {
  plans = await plansWithoutStores()
  fresh = await freshDatabase()
  await run(`INSERT INTO freshet_migration (number, name, sha256, expands)
    SELECT max(number) + 1, 'next', 'of a later build', true FROM freshet_migration`)
})
afterAll(async () => {
  await fresh.drop()
  await plans[Symbol.asyncDispose]()
})

it('a service goes past a schema with a step that its build can ignore: it then waits for the broker', async () => {
  const service = startService(plans.of('reconciler'), { DATABASE_URL: fresh.url })
  try {
    await untilLive(service)
    await until('the wait for the broker', BROKER_WITHIN_MS, async () => {
      const answer = await fetch(`${service.url}/readyz`)
      return (await answer.text()).includes('broker') ? true : undefined
    })
  } finally {
    await service.end()
  }
})

it('control: it ends with status 2 if the step does not have the mark', async () => {
  await run('UPDATE freshet_migration SET expands = false')
  const service = startService(plans.of('reconciler'), { DATABASE_URL: fresh.url })
  expect((await service.exited)[0]).toBe(2)
  expect(service.output()).toContain('The database schema is newer than this build')
})
