import { ManualClock } from '@freshet/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { databaseProxy, type DatabaseProxy } from '../../../../test/setup/database-proxy.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { inTransaction } from '../connection/transaction.ts'
import { ANSWER_COUNTS_MS, ANSWER_DUE_MS, databaseCheck } from './database-check.ts'

const WORK = { name: 'work', text: 'SELECT 2' }

let fresh: FreshDatabase
let proxy: DatabaseProxy
let db: Database
let clock: ManualClock
let check: () => Promise<void>

const readyCount = (): number => proxy.sent('ready')

beforeAll(async () => {
  fresh = await freshDatabase({ migrated: false })
  proxy = await databaseProxy(fresh.url)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await fresh.drop()
})
beforeEach(() => {
  clock = new ManualClock()
  db = createDatabase({ url: proxy.url, max: 3, applicationName: 'freshet-test' })
  check = databaseCheck(db, clock)
})
afterEach(() => db.close())

describe('the check that the database answers', () => {
  it('asks nothing while an answer to any statement counts', async () => {
    await db.query(WORK)
    const before = readyCount()
    await clock.advance(ANSWER_COUNTS_MS - 1)
    await check()
    expect(readyCount()).toBe(before)
  })

  it('asks once an answer is older, and its own answer counts, too', async () => {
    await db.query(WORK)
    const before = readyCount()
    await clock.advance(ANSWER_COUNTS_MS)
    await check()
    expect(readyCount()).toBeGreaterThan(before)
    const after = readyCount()
    await check()
    expect(readyCount()).toBe(after)
  })

  it('asks where no statement was answered yet', async () => {
    const before = readyCount()
    await check()
    expect(readyCount()).toBeGreaterThan(before)
  })

  it('counts the answers to statements of transactions and flights', async () => {
    for (const work of [
      () => inTransaction(db, {}, (tx) => tx.query(WORK)),
      () => db.inOneFlight((flight) => flight.query(WORK)),
      () => db.ofTenant('acme').query(WORK),
    ]) {
      await clock.advance(ANSWER_COUNTS_MS)
      await work()
      const before = readyCount()
      await check()
      expect(readyCount()).toBe(before)
    }
  })

  it('asks while a connection waits for its answer, whatever others answered', async () => {
    await inTransaction(db, {}, async (tx) => {
      await tx.query(WORK)
      await clock.advance(ANSWER_DUE_MS)
      await db.query(WORK)
      const before = readyCount()
      await check()
      expect(readyCount()).toBeGreaterThan(before)
    })
    const before = readyCount()
    await check()
    expect(readyCount()).toBe(before)
  })
})

describe('a database that is gone', () => {
  it('is found at once, although it answered just now', async () => {
    await db.query(WORK)
    await check()
    await proxy.close()
    try {
      await expect.poll(() => db.pool.totalCount).toBe(0)
      await expect(check()).rejects.toMatchObject({ code: 'database.unavailable' })
    } finally {
      await proxy.reopen()
    }
    await check()
  })

  it('is found as soon as a statement waits for it, where it hangs', async () => {
    await db.query(WORK)
    proxy.hang()
    const work = db.query(WORK)
    await expect.poll(() => db.pool.idleCount).toBe(0)
    await clock.advance(ANSWER_DUE_MS)
    let isReady = false
    const checked = check().then(() => (isReady = true))
    expect(db.pool.totalCount).toBe(2)
    expect(isReady).toBe(false)
    proxy.resume()
    await Promise.all([work, checked])
    expect(isReady).toBe(true)
  })
})
