import { execFile } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Hint } from '@freshet/connect'
import { outboxConnector } from '@freshet/connectors'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { systemClock as timer } from '@freshet/runtime'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { outboxTables } from './outbox-page.ts'

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
/** Returns the hints of one pass, and its cursor. */
const pass = async (cursor?: string): Promise<{ hints: readonly Hint[]; cursor: string }> => {
  const ended = new AbortController()
  const url = new URL(server.url)
  const password = decodeURIComponent(url.password)
  url.password = ''
  const connector = outboxConnector(
    {
      kind: 'outbox',
      at: url.href,
      tenant: 'acme',
      settleMs: 0,
      intervalMs: 20,
      compareMs: 60_000,
      subject: { iss: 'https://id.acme.example', sub: '/key' },
      account: false,
      claims: new Map(),
      options: new Map(),
    },
    { timer, secret: () => Promise.resolve(password) },
  )
  const hints: Hint[] = []
  for await (const hint of connector.hints?.(cursor, ended.signal) ?? []) {
    if (hint.kind === 'drained') return { hints, cursor: hint.cursor }
    hints.push(hint)
  }
  throw new Error('the hints ended')
}

it('compares after an older copy of the files came back, which has written more since', async () => {
  const [data, copy] = ['data', 'copy'].map((name) => join(server.dir ?? '', name)) as [
    string,
    string,
  ]
  await restart(async () => void (await run('cp', ['-a', data, copy])))
  await commit('lost', 100)
  const { cursor } = await pass()
  await restart(async () => {
    await rm(data, { recursive: true })
    await rename(copy, data)
  })
  // The ids of the lost transactions are given again, so the snapshot of the cursor hides this row.
  await commit('hidden', 1)
  await commit('later', 200)
  const { hints } = await pass(cursor)
  expect(hints[0]).toMatchObject({ kind: 'touched-all' })
})
