import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { PROBE_NAME, probedClaims } from '@freshet/protocol/slo'
import { loadRegistry } from '@freshet/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordedRun, type RecordedRun } from '../../packages/cli/test/recorded-run.ts'
import type { Shell } from '../../packages/cli/src/shell.ts'
import { authorityConfig } from '../../services/authority/src/config.ts'
import { consoleConfig } from '../../services/console/src/config.ts'
import { gatewayConfig } from '../../services/gateway/src/config.ts'
import { reconcilerConfig } from '../../services/reconciler/src/config.ts'
import { sidecarConfig } from '../../services/sidecar/src/config.ts'
import { productionWalk } from '../setup/production-page.ts'

type Env = Readonly<Record<string, string | undefined>>

const SECRET = /the-administrator|the-password/
/** The reader of the environment of each service. */
const CHECKS: readonly (readonly [string, (env: NodeJS.ProcessEnv) => unknown])[] = [
  ['gateway', gatewayConfig],
  ['reconciler', reconcilerConfig],
  ['authority', authorityConfig],
  ['console', consoleConfig],
  ['sidecar', sidecarConfig],
]
const DATABASE = 'postgres://freshet:hush@127.0.0.1:5432/freshet'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-init-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const freshet = (line: string, more: Partial<Shell> = {}): Promise<RecordedRun> =>
  recordedRun(line, { cwd: dir, ...more })

const text = (path: string): Promise<string> => readFile(join(dir, 'new', path), 'utf8')

/** Reads an environment file as Node does, which reads it as a shell does. */
const environment = async (name: string): Promise<Env> => parseEnv(await text(`${name}.env`))

describe('freshet init', () => {
  it.each(CHECKS)('writes an environment with which %s starts', async (service, check) => {
    await freshet(`init new --database-url ${DATABASE}`)
    const env = await environment(service)
    expect(check(env)).toBeDefined()
    // The command line stands in the same shell.
    expect(check({ ...(await environment('cli')), ...env })).toBeDefined()
  })

  it.each(CHECKS)(
    'control: without one of its variables %s does not start',
    async (service, check) => {
      await freshet('init new')
      const { FRESHET_ISSUER: _, ...env } = await environment(service)
      expect(() => check(env)).toThrow('FRESHET_ISSUER')
    },
  )

  it('writes for a cluster and a database elsewhere what services demand there', async () => {
    const elsewhere = 'postgres://u:hush@db.example/f?sslmode=verify-full'
    const urls = '--issuer https://tokens.example --gateway https://gateway.example'
    const brokers = '--brokers k1:9093,k2:9093,k3:9093'
    const idp = '--idp https://login.example --tenant globex'
    const line = `init new --database-url ${elsewhere} ${urls} ${brokers} ${idp}`
    const { code, out } = await freshet(line)
    expect(code).toBe(0)
    for (const [service, check] of CHECKS) expect(check(await environment(service))).toBeDefined()
    const { FRESHET_ISSUER, FRESHET_URL, KAFKA_TLS } = await environment('gateway')
    expect([FRESHET_ISSUER, FRESHET_URL, KAFKA_TLS]).toEqual([
      'https://tokens.example',
      'https://gateway.example',
      'true',
    ])
    expect(out).toContain('freshet topic apply\n')
    expect(await readdir(join(dir, 'new/secrets'))).not.toContain('idp.private.json')
    expect(await text('registry.yaml')).toContain('metadata: openid-configuration')
    expect((await freshet(`registry lint ${dir}/new/registry.yaml`)).code).toBe(0)
  })

  it('takes brokers and database from the environment', async () => {
    const env = { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: DATABASE }
    await freshet('init new --first-port 9000', { env })
    expect(await environment('cli')).toMatchObject({
      KAFKA_BROKERS: '127.0.0.1:1',
      FRESHET_URL: 'http://127.0.0.1:9005',
      FRESHET_SIDECAR_URL: 'http://127.0.0.1:9003',
    })
    expect(await text('secrets/database-url')).toBe(`${DATABASE}\n`)
  })

  it.each(CHECKS)(
    '--logins gives %s logins of its own, with which it starts',
    async (service, check) => {
      await freshet(`init new --logins --database-url ${DATABASE}`, {
        env: { KAFKA_TLS_CA_FILE: 'ca.pem' },
      })
      const env = await environment(service)
      await writeFile(join(dir, 'ca.pem'), 'a certificate')
      expect(check(env)).toBeDefined()
      const role = service === 'sidecar' ? 'edge' : service
      expect(env).toMatchObject({
        KAFKA_TLS: 'true',
        KAFKA_TLS_CA_FILE: join(dir, 'ca.pem'),
        KAFKA_SASL_MECHANISM: 'scram-sha-512',
        KAFKA_SASL_USERNAME: `freshet-${role}`,
      })
      const password = (await text(`secrets/kafka-${role}.password`)).trim()
      expect(password.length).toBeGreaterThan(20)
      expect(await text('secrets/kafka-logins.sh')).toContain(`secrets/kafka-${role}.password)`)
      if (service === 'sidecar') return
      const url = new URL(await readFile(env['DATABASE_URL_FILE'] ?? '', 'utf8'))
      expect(url.username).toBe(`freshet_${service}`)
      expect(await text('secrets/database-logins.sql')).toContain(
        `ALTER ROLE freshet_${service} PASSWORD '${url.password}'`,
      )
    },
  )

  it('--logins writes the login of the administrator nowhere', async () => {
    // Keys and passwords are random text: a short name would be found in one of them some day.
    const admin = 'postgres://the-administrator:the-password@127.0.0.1:5432/freshet'
    const { out } = await freshet(`init new --logins --database-url ${admin}`)
    const files = await readdir(join(dir, 'new'), { recursive: true, withFileTypes: true })
    const texts = files
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
    for (const path of texts) expect(await readFile(path, 'utf8')).not.toMatch(SECRET)
    expect(out).not.toMatch(SECRET)
  })

  it('writes a registry without a finding of lint, with a comment for its members', async () => {
    await freshet('init new')
    const { code, out } = await freshet(`registry lint ${dir}/new/registry.yaml -o json`)
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ findings: [] })])
    expect((await text('registry.yaml')).match(/^ *# /gm)?.length).toBeGreaterThan(15)
  })

  it('gives the console probes, their keys, and the services that it asks', async () => {
    await freshet('init new')
    const env = await environment('console')
    const { probeEdges, probeKeys, services } = consoleConfig(env)
    expect(probeEdges).toEqual(new Map([['sidecar', 'http://127.0.0.1:7073']]))
    expect([...(services?.keys() ?? [])]).toEqual(['gateway', 'reconciler', 'authority', 'sidecar'])
    const { registry } = await loadRegistry(join(dir, 'new/registry.yaml'))
    expect(probedClaims(registry)).toEqual(['probe'])
    const client = registry.clients.get(PROBE_NAME)
    const secretHash = createHash('sha256').update(probeKeys?.clientSecret ?? '')
    expect(client?.secretHash).toBe(secretHash.digest('base64url'))
    // The console signs with the keys whose public halves the registry has.
    const kids = [probeKeys?.source, probeKeys?.idp].map((key) => (key as { kid: string }).kid)
    for (const [index, name] of ['freshet-probe', 'probe-idp'].entries())
      expect(await text(`keys/${name}.jwks.json`)).toContain(`"kid": "${kids[index]}"`)
  })

  it('--no-probes leaves every part of probes out, and a console that starts', async () => {
    const { out } = await freshet('init new --no-probes')
    const files = await readdir(join(dir, 'new'), { recursive: true, withFileTypes: true })
    const paths = files.filter((each) => each.isFile())
    expect(paths.length).toBeGreaterThan(20)
    for (const { parentPath, name } of paths) {
      expect(name).not.toContain('probe')
      expect(await readFile(join(parentPath, name), 'utf8')).not.toMatch(/probe/i)
    }
    expect(out).toContain('source beat --source hr --tenant acme --key-file')
    expect(consoleConfig(await environment('console'))).toMatchObject({ probeEdges: undefined })
    expect((await freshet(`registry lint ${dir}/new/registry.yaml`)).code).toBe(0)
    // Control: with probes, the files have them.
    await freshet('init with')
    expect(await readFile(join(dir, 'with/registry.yaml'), 'utf8')).toMatch(/probe/i)
  })

  it('makes a next key for each key that rotates', async () => {
    await freshet('init new')
    for (const kind of ['tokens', 'checkpoints', 'stamps', 'audit', 'vouchers']) {
      const { out } = await freshet(`keys ls new/secrets/${kind}.keys.json -o jsonl`)
      const states = out.match(/"state":"(\w+)"/g)
      expect(states).toEqual(['"state":"signing"', '"state":"next"'])
    }
  })

  it('has every secret in its own folder, readable by the owner alone', async () => {
    await freshet(`init new --database-url ${DATABASE}`)
    const secrets = await readdir(join(dir, 'new/secrets'))
    expect((await stat(join(dir, 'new/secrets'))).mode & 0o777).toBe(0o700)
    for (const name of secrets.filter((each) => !each.endsWith('.jwks.json')))
      expect((await stat(join(dir, 'new/secrets', name))).mode & 0o777).toBe(0o600)
    const token = (await text('secrets/admin.token')).trim()
    const rest = ['registry.yaml', 'cli.env', ...CHECKS.map(([service]) => `${service}.env`)]
    for (const name of rest) {
      expect(await text(name)).not.toContain('hush')
      expect(await text(name)).not.toContain(token)
    }
  })

  it.each(['registry.yaml', 'secrets/tokens.keys.json', 'cli.env'])(
    'writes nothing into a folder that has %s, and names it',
    async (name) => {
      await freshet('init new')
      const before = await text(name)
      for (const other of await readdir(join(dir, 'new'), { recursive: true }))
        if (other !== name && (await stat(join(dir, 'new', other))).isFile())
          await rm(join(dir, 'new', other))
      const { code, err } = await freshet('init new')
      expect(code).toBe(1)
      expect(err).toContain(`${join(dir, 'new', name)} exists already.`)
      expect(await text(name)).toBe(before)
      const left = await readdir(join(dir, 'new'), { recursive: true, withFileTypes: true })
      expect(left.filter((each) => each.isFile())).toHaveLength(1)
    },
  )

  it('accepts a folder with files of others', async () => {
    await freshet('init new')
    await rm(join(dir, 'new'), { recursive: true })
    await freshet('keys gen --name other --out new')
    await writeFile(join(dir, 'new/notes.txt'), 'x')
    expect((await freshet('init new')).code).toBe(0)
  })

  it.each([
    ['--tenant Acme', '--tenant has lower-case letters'],
    ['--brokers k1', '--brokers is a list of host:port'],
    ['--database-url nowhere', '--database-url is not a URL'],
    ['--database-url postgres://u:hush@db.example/f', 'add sslmode=verify-full'],
    ['--issuer http://tokens.example', '--issuer is an http address of another machine'],
    ['--first-port 65531', 'A port is a number from 1 to 65530'],
  ])('refuses %s and writes nothing', async (option, why) => {
    const { code, err } = await freshet(`init new ${option}`)
    expect(code).toBe(2)
    expect(err).toContain(why)
    expect(err).not.toContain('hush')
    expect(await readdir(dir)).toEqual([])
  })

  it('prints the commands that docs/production.md shows, in the same order', async () => {
    const { out } = await freshet('init installation --logins --brokers k1:9093,k2:9093,k3:9093')
    const commands = out.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const page = productionWalk().steps.join('')
    const shown = page.split('\n').filter((line) => commands.includes(line))
    expect(commands.length).toBeGreaterThan(12)
    expect(shown).toEqual(commands)
  })

  it('returns its files and the next commands as data', async () => {
    const { out } = await freshet('init new -o json')
    const { files, next } = JSON.parse(out) as { files: string[]; next: { command: string }[] }
    expect(files).toContain(join(dir, 'new/gateway.env'))
    for (const file of files) expect((await stat(file)).isFile()).toBe(true)
    expect(next[0]?.command).toBe('set -a; . new/cli.env; set +a')
  })
})
