import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import type { Issued } from '../setup/certificates.ts'
import { plansWithoutStores, startService, untilLive } from '../setup/start-service.ts'
import {
  CERTIFIED,
  startManagedPostgres,
  type Connecting,
  type ManagedPostgres,
} from './managed-postgres.ts'

const LOGIN = 'freshet_migrate'
const ENCRYPTED = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
const REFUSED_WITHIN_MS = 45_000

let managed: ManagedPostgres

async function ask(connecting: Connecting): Promise<readonly unknown[]> {
  const url = managed.urlOf(connecting)
  await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
  return (await db.query({ name: '', text: ENCRYPTED })).rows
}

async function put(name: string, { cert, key }: Issued): Promise<void> {
  await writeFile(join(managed.dir, `${name}.pem`), cert)
  await writeFile(join(managed.dir, `${name}.key`), key)
}

const clientOf = (name: string): Connecting => ({
  database: CERTIFIED,
  sslcert: `${name}.pem`,
  sslkey: `${name}.key`,
})

describe('a database that refuses connections without TLS', () => {
  beforeAll(async () => {
    managed = await startManagedPostgres()
    await managed.createLogins()
    const { authority } = managed
    await put('right', authority.issue({ commonName: LOGIN }))
    await put('another', authority.issue({ commonName: 'freshet_console' }))
    await put('expired', authority.issue({ commonName: LOGIN, days: -2 }))
    await writeFile(join(managed.dir, 'text.pem'), 'no certificate')
  })
  afterAll(() => managed[Symbol.asyncDispose]())

  it('accepts the right CA, and a client certificate where it demands one', async () => {
    const encrypted = [{ ssl: true, version: 'TLSv1.3' }]
    expect(await ask({})).toEqual(encrypted)
    expect(await ask(clientOf('right'))).toEqual(encrypted)
  })

  const cases: readonly (readonly [string, string, RegExp, Connecting])[] = [
    [
      'a CA that did not sign',
      'database.tls',
      /TLS with the database at 127\.0\.0\.1:\d+ fails: .*Set sslrootcert/,
      { sslrootcert: 'other-ca.pem' },
    ],
    [
      'no CA',
      'database.tls',
      /no known CA signed its certificate\. Set sslrootcert/,
      { sslrootcert: undefined },
    ],
    [
      'another host name',
      'database.tls',
      /its certificate is for db, not for localhost\. Use a host of the certificate/,
      { host: 'localhost' },
    ],
    [
      'no TLS',
      'config.invalid',
      /refuses login freshet_migrate: .*Add sslmode=verify-full/,
      { sslmode: undefined, sslrootcert: undefined },
    ],
    [
      'no client certificate',
      'config.invalid',
      /certificate.*Set sslcert and sslkey/,
      { database: CERTIFIED },
    ],
    [
      'an expired client certificate',
      'database.tls',
      /client certificate/,
      { database: CERTIFIED, sslcert: 'expired.pem', sslkey: 'expired.key' },
    ],
    [
      'the client certificate of another login',
      'config.invalid',
      /demands its name in the certificate of sslcert/,
      { database: CERTIFIED, sslcert: 'another.pem', sslkey: 'another.key' },
    ],
    [
      'the key of another certificate',
      'database.tls',
      /sslkey is not the key of sslcert/,
      { database: CERTIFIED, sslcert: 'right.pem', sslkey: 'another.key' },
    ],
    [
      'a file that is no certificate',
      'database.tls',
      /cannot be used .*PEM/,
      { database: CERTIFIED, sslcert: 'text.pem', sslkey: 'right.key' },
    ],
    [
      'a file that does not exist',
      'config.invalid',
      /the file \/.*\/absent\.pem .*cannot read \(ENOENT\)/,
      { sslrootcert: 'absent.pem' },
    ],
    [
      'a wrong password',
      'config.invalid',
      /refuses the password of login freshet_migrate/,
      { password: 'hush-hush' },
    ],
    [
      'a database that does not exist',
      'config.invalid',
      /DATABASE_URL names a database that does not exist/,
      { database: 'absent' },
    ],
  ]

  it.each(cases)('refuses a client with %s: %s', async (_, code, message, connecting) => {
    const failed = await ask(connecting).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code, message: expect.stringMatching(message) as unknown })
    expect((failed as Error).message).not.toContain('hush')
    const shell = recordingShell({ env: { DATABASE_URL: managed.urlOf(connecting) } })
    const ended = await runCommand(['db', 'status'], shell)
    expect({ ended, err: shell.written().err }).toEqual({
      ended: code === 'database.tls' ? 4 : 1,
      err: expect.stringMatching(message) as unknown,
    })
  })

  it('a service that starts waits for TLS, and its probe names the reason', async () => {
    await using plans = await plansWithoutStores()
    const url = managed.urlOf({ login: 'freshet_reconciler', sslrootcert: 'other-ca.pem' })
    const service = startService(plans.of('reconciler'), { DATABASE_URL: url })
    try {
      await untilLive(service)
      await until('the reason', REFUSED_WITHIN_MS, async () => {
        const answer = await fetch(`${service.url}/readyz`)
        return (await answer.text()).includes('Set sslrootcert') ? true : undefined
      })
    } finally {
      await service.end()
    }
  })

  it('a service with a wrong password ends with status 2, and its log names the login', async () => {
    await using plans = await plansWithoutStores()
    const url = managed.urlOf({ login: 'freshet_reconciler', password: 'hush-hush' })
    const service = startService(plans.of('reconciler'), { DATABASE_URL: url })
    const [code] = await service.exited
    expect(code).toBe(2)
    expect(service.output()).toContain('refuses the password of login freshet_reconciler')
    expect(service.output()).not.toContain('hush-hush')
  })

  it('refuses a server whose certificate has expired, until it has another', async () => {
    const { authority } = managed
    const names = { commonName: 'db', addresses: ['127.0.0.1'] }
    await managed.serve(authority.issue({ ...names, days: -2 }))
    await expect(ask({})).rejects.toMatchObject({
      code: 'database.tls',
      message: expect.stringContaining(
        'has expired. Renew the certificate of the server',
      ) as unknown,
    })
    await managed.serve(authority.issue(names))
    expect(await ask({})).toHaveLength(1)
  })

  it('a file that is replaced counts for the next connection, without a restart', async () => {
    const url = managed.urlOf({ ...clientOf('rotated') })
    await put('rotated', managed.authority.issue({ commonName: LOGIN, days: -2 }))
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    const encrypted = { name: '', text: ENCRYPTED }
    await expect(db.query(encrypted)).rejects.toMatchObject({ code: 'database.tls' })
    await put('rotated', managed.authority.issue({ commonName: LOGIN }))
    expect((await db.query(encrypted)).rows).toHaveLength(1)
  })
})
