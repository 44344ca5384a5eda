import { statusOfRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { databaseProxy, type DatabaseProxy } from '../setup/database-proxy.ts'
import {
  plansWithoutStores,
  startService,
  untilStarted,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

const QUESTIONS = 5

let fresh: FreshDatabase
let proxy: DatabaseProxy
let plans: PlansWithoutStores
let authority: StartedService

const answers = (): Promise<number> => statusOfRaw(authority.url, 'GET /readyz/postgres')

beforeAll(async () => {
  fresh = await freshDatabase()
  proxy = await databaseProxy(fresh.url)
  plans = await plansWithoutStores()
  authority = startService(plans.of('authority'), { DATABASE_URL: proxy.url })
  await untilStarted(authority)
})
afterAll(async () => {
  await authority.end()
  await plans[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await fresh.drop()
})

/** Asks whether the database answers a few times in a row, and returns the number of statements for that. */
async function statementsForReadiness(): Promise<number> {
  const before = proxy.sent('ready')
  for (let n = 0; n < QUESTIONS; n += 1) expect(await answers()).toBe(200)
  return proxy.sent('ready') - before
}

describe('the readiness of a started authority', () => {
  it('rests on the answers that its work gets, without a statement of its own', async () => {
    await expect.poll(statementsForReadiness).toBe(0)
  })

  it('ends while the database hangs, and returns', async () => {
    await expect.poll(answers).toBe(200)
    proxy.hang()
    await expect.poll(answers).toBe(503)
    proxy.resume()
    await expect.poll(answers).toBe(200)
  })

  it('ends while the database is away, and returns', async () => {
    await expect.poll(answers).toBe(200)
    await proxy.close()
    await expect.poll(answers).toBe(503)
    await proxy.reopen()
    await expect.poll(answers).toBe(200)
  })
})
