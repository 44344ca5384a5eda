import { execFile } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPair, startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { outboxTables } from './outbox-page.ts'
import { follow, outboxOf, pass } from './outbox-passes.ts'

const run = promisify(execFile)
let server: LocalPostgres
let app: pg.Client

beforeAll(async () => {
  server = await startPostgres({ databaseUrl: '' })
  await open()
  await app.query(outboxTables())
})
afterAll(async () => {
  await app.end().catch(() => {})
  await server.stop()
})

const open = async (): Promise<void> => {
  app = new pg.Client({ connectionString: server.url })
  await app.connect()
}
const restart = async (whileDown: () => Promise<void>): Promise<void> => {
  await app.end()
  await server.restart('SIGINT', whileDown)
  await open()
}
const commit = async (key: string, times: number): Promise<void> => {
  for (let n = 0; n < times; n += 1)
    await app.query('INSERT INTO freshet_outbox (key) VALUES ($1)', [key])
}
it('compares after an older copy of the files came back, which has written more since', async () => {
  const [data, copy] = ['data', 'copy'].map((name) => join(server.dir ?? '', name)) as [
    string,
    string,
  ]
  await restart(async () => void (await run('cp', ['-a', data, copy])))
  await commit('lost', 100)
  const ended = new AbortController()
  const { cursor } = await pass(follow(outboxOf(server.url), undefined, ended))
  ended.abort()
  await restart(async () => {
    await rm(data, { recursive: true })
    await rename(copy, data)
  })
  // The ids of the lost transactions are given again, so the snapshot of the cursor hides this row.
  await commit('hidden', 1)
  await commit('later', 200)
  const again = new AbortController()
  const { keys } = await pass(follow(outboxOf(server.url), cursor, again))
  again.abort()
  expect(keys).toEqual(['touched-all'])
})

it('refuses a standby, and reads it after it was promoted', async () => {
  await using pair = await startPair()
  const ended = new AbortController()
  const primary = new pg.Client({ connectionString: pair.primary.url })
  await primary.connect()
  await primary.query(outboxTables())
  const { cursor } = await pass(follow(outboxOf(pair.primary.url), undefined, ended))
  await primary.end()
  const standby = outboxOf(pair.standby.url)
  await expect(pass(follow(standby, cursor, ended))).rejects.toMatchObject({
    code: 'connect.refused',
    message: expect.stringContaining('The database is a standby.') as string,
  })
  const promoted = new pg.Client({ connectionString: pair.standby.url })
  await promoted.connect()
  await promoted.query('SELECT pg_promote()')
  await promoted.end()
  expect((await pass(follow(standby, cursor, ended))).keys).toEqual(['touched-all'])
  ended.abort()
})
