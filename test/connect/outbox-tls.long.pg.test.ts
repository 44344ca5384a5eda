import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRESHET } from '../e2e/cli.ts'
import { startManagedPostgres, type ManagedPostgres } from '../managed/managed-postgres.ts'
import { outboxTables } from './outbox-page.ts'

describe('an SQL outbox on a server that demands TLS', () => {
  let managed: ManagedPostgres

  beforeAll(async () => {
    managed = await startManagedPostgres()
    await managed.asAdministrator(
      `${outboxTables()}; INSERT INTO person (id) VALUES ('person-1');
       INSERT INTO grant_of_role VALUES ('person-1', 'auditor'), ('person-1', 'reader')`,
    )
    await writeFile(join(managed.dir, 'secret'), 'dba\n', { mode: 0o600 })
  })
  afterAll(() => managed[Symbol.asyncDispose]())

  /** Asks a process of its own for a plan, by the authorities of a file. */
  const plan = async (sslmode: string, authorities?: string) => {
    const url = new URL(managed.urlOf({ login: 'dba', sslrootcert: undefined, sslmode }))
    url.password = ''
    const args = ['connect', 'plan', 'outbox', '--at', url.href]
    const child = spawn(
      process.execPath,
      [FRESHET, ...args, '--secret-file', join(managed.dir, 'secret')],
      {
        env: {
          ...process.env,
          NO_COLOR: '1',
          ...(authorities !== undefined && { NODE_EXTRA_CA_CERTS: join(managed.dir, authorities) }),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { out, err }
  }

  it('is read if a known authority signed the certificate', async () => {
    const { out, err } = await plan('verify-full', 'ca.pem')
    expect(err).toBe('')
    expect(out).toContain('each: /roles/*')
  })

  it.each([
    ['no known authority signed', undefined],
    ['another authority signed', 'other-ca.pem'],
  ])('is not read if %s', async (_, authorities) => {
    const { out, err } = await plan('verify-full', authorities)
    expect(out).toBe('')
    expect(err).toMatch(/cannot be read: .*certificate/)
  })

  it.each(['no-verify', 'require', 'prefer', 'verify-ca'])(
    'is not read with sslmode=%s, because the certificate would not be verified',
    async (sslmode) => {
      const { out, err } = await plan(sslmode, 'ca.pem')
      expect(out).toBe('')
      expect(err).toContain(`sslmode=${sslmode}`)
    },
  )

  it('is not read with a certificate of another host', async () => {
    const { authority } = managed
    await managed.serve(authority.issue({ commonName: 'db', addresses: ['127.0.0.2'] }))
    const { out, err } = await plan('verify-full', 'ca.pem')
    expect(out).toBe('')
    expect(err).toMatch(/cannot be read: .*127\.0\.0\.1/)
  })
})
