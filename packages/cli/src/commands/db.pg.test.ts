import { randomBytes } from 'node:crypto'
import { createDatabase } from '@freshet/postgres'
import { expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../test/setup/database.ts'
import { recordingShell } from '../recording-shell.ts'
import { runCommand } from '../run-command.ts'

const server = inject('postgresUrl')
const name = `freshet_cli_${randomBytes(6).toString('hex')}`

it('freshet db migrate shows the SQL that its login lacks, each statement on a line', async () => {
  await using db = createDatabase({ url: server, max: 1, applicationName: 'freshet-test' })
  const run = (text: string): Promise<unknown> => db.query({ name: '', text })
  await run(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
  await run(`CREATE DATABASE ${name} TEMPLATE template0`)
  const place = { pathname: `/${name}`, username: name, password: name }
  try {
    const env = { DATABASE_URL: Object.assign(new URL(server), place).href }
    const shell = recordingShell({ env })
    const code = await runCommand(['db', 'migrate'], shell)
    const { out, err } = shell.written()
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(`Login ${name} lacks a privilege`)
    expect(err).toMatch(/^ *GRANT freshet_tenant, freshet_system, freshet_ledger TO "\w+";$/m)
    expect(err).toMatch(/^ *GRANT USAGE, CREATE ON SCHEMA "public" TO "\w+", freshet_ledger;$/m)
    expect(err).toContain('database.privilege')
    expect(err).toContain(`freshet db roles -o sql --login migrate=${name}`)
  } finally {
    await run(`DROP DATABASE ${name} WITH (FORCE)`)
    await run(`DROP ROLE ${name}`)
  }
})

it('freshet db migrate --dry-run names the steps and their locks, and changes nothing', async () => {
  const fresh = await freshDatabase({ migrated: false })
  const planned = async (...words: readonly string[]): Promise<string> => {
    const shell = recordingShell({ env: { DATABASE_URL: fresh.url } })
    expect(await runCommand(['db', 'migrate', '--dry-run', ...words], shell)).toBe(0)
    return shell.written().out
  }
  try {
    const { state, pending } = JSON.parse(await planned('-o', 'json')) as {
      readonly state: string
      readonly pending: readonly { name: string; effect?: { additive: boolean } }[]
    }
    expect(state).toBe('older')
    expect(pending[0]).toMatchObject({ name: '0001_main_path', effect: { additive: true } })
    expect(pending.filter(({ effect }) => effect === undefined)).toEqual([])
    expect(await planned()).toMatch(
      /^ {2}0034_applies_of_groups: only adds\n {4}no writes: edge_apply$/m,
    )
    const made = { name: '', text: `SELECT relname FROM pg_class WHERE relname LIKE 'freshet%'` }
    expect((await fresh.db.query(made)).rows).toEqual([])
    expect(
      await runCommand(['db', 'migrate'], recordingShell({ env: { DATABASE_URL: fresh.url } })),
    ).toBe(0)
    expect(await planned()).toMatch(/^current: \d+ applied, 0 pending$/m)
  } finally {
    await fresh.drop()
  }
})
