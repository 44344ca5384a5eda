import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { olderVersion, startVersion } from '../../../../test/setup/postgres-versions.ts'
import { planLogins, rolesSql } from './roles-sql.ts'

const PARTS = rolesSql(planLogins()).split('\n\n')

describe.runIf(olderVersion !== undefined)('the SQL of roles on Postgres 15', () => {
  let server: Awaited<ReturnType<typeof startVersion>>
  let client: pg.Client
  beforeAll(async () => {
    server = await startVersion(olderVersion)
    client = new pg.Client({ connectionString: server.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  /** Sends each part by itself and goes on after an error, as psql does. Returns the errors. */
  async function asPsql(parts: readonly string[]): Promise<readonly string[]> {
    const errors: string[] = []
    for (const part of parts)
      await client.query(part).catch((error: Error) => errors.push(error.message))
    return errors
  }

  it('is refused by its first statement, which names both versions, and nothing is created', async () => {
    const errors = await asPsql(PARTS)
    expect(errors[0]).toMatch(
      /^This server is Postgres 15\.\d+, and Freshet needs Postgres 16 or later$/,
    )
    const { rows } = await client.query(`SELECT FROM pg_roles WHERE rolname ~ '^freshet_'`)
    expect(rows).toEqual([])
  })

  it('control: without that statement, it ends with a syntax error that names no version', async () => {
    const rest = PARTS.filter((part) => !part.includes('server_version_num'))
    expect(rest).toHaveLength(PARTS.length - 1)
    const errors = await asPsql(rest)
    expect(errors[0]).toBe('syntax error at or near "INHERIT"')
  })
})
