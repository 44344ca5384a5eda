import { randomBytes } from 'node:crypto'
import { createDatabase } from '@freshet/postgres'
import { expect, inject, it } from 'vitest'
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
  } finally {
    await run(`DROP DATABASE ${name} WITH (FORCE)`)
    await run(`DROP ROLE ${name}`)
  }
})
