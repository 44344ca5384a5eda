import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planTopics } from '@freshet/kafka'
import { fileFinding } from '../../packages/cli/src/doctor/checks/start/start-checks.ts'
import { answeringServer } from '../../packages/cli/test/answering-server.ts'
import { run as runProgram, isInstalled } from '../prometheus/installed.ts'
import { COMPOSE, composeFaults, readCompose, type ComposeService } from './compose.ts'
import { documentedFor, READERS, type Environment } from './environments.ts'
import { hasTools } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const PROCESSES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar-1', 'sidecar-2']
const OURS = /^(?:FRESHET|DATABASE|KAFKA)_/
/** The script takes 3 s on an idle machine. */
const SETUP_WITHIN_MS = 300_000

let dir: string
let variables: Readonly<Record<string, string>>
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-compose-'))
  const env = {
    ...process.env,
    FRESHET: `${process.execPath} ${join(ROOT, 'packages/cli/bin/freshet.js')}`,
    ENV_FILE: join(dir, '.env'),
  }
  const setup = [join(COMPOSE, 'setup.sh'), join(dir, 'installation')]
  const { status, stderr } = spawnSync('sh', setup, { env, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  variables = parseEnv(readFileSync(join(dir, '.env'), 'utf8')) as Record<string, string>
}, SETUP_WITHIN_MS)
afterAll(() => rm(dir, { recursive: true }))

/** Returns the environment of a service as on this machine, where its files have their own paths. */
function environmentOf(name: string): Environment {
  const file = readCompose(variables)
  const { environment = {}, secrets = [], volumes = [] } = serviceOf(file.services, name)
  const mounted = [
    ...secrets.map((each) => [`/run/secrets/${each}`, file.secrets[each]?.file ?? ''] as const),
    ...volumes.map((each) => each.split(':') as [string, string]).map(([from, to]) => [to, from]),
  ].map(([to = '', from = '']) => [to, resolve(COMPOSE, from)] as const)
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      mounted.reduce((text, [to, from]) => text.replace(to, from), String(value)),
    ]),
  )
}

function serviceOf(
  services: Readonly<Record<string, ComposeService>>,
  name: string,
): ComposeService {
  const service = services[name]
  if (service === undefined) throw new Error(`no service ${name}`)
  return service
}

describe('the Compose file', () => {
  it.runIf(hasTools)('is one by the schema of the Compose Specification', () => {
    const file = readCompose(variables)
    expect(composeFaults(file)).toEqual([])
    const gateway = { ...serviceOf(file.services, 'gateway'), comand: [] }
    const wrong = { ...file, services: { ...file.services, gateway } }
    expect(composeFaults(wrong)).not.toEqual([])
  })

  it('does not start before setup.sh has run', () => {
    expect(() => readCompose({})).toThrow('FRESHET_USER: run sh setup.sh first')
  })

  it.each(PROCESSES)('gives %s an environment and files that it accepts', async (name) => {
    const [process = ''] = name.split('-')
    const env = environmentOf(name)
    const ours = Object.entries(env).filter(([key]) => OURS.test(key))
    expect(READERS[process]?.(env)).toBeDefined()
    expect(await fileFinding(env)).toMatchObject({ outcome: 'ok' })
    const known = documentedFor(process)
    expect(ours.map(([key]) => key).filter((key) => !known.has(key))).toEqual([])
    const { FRESHET_ISSUER: _, ...rest } = env
    expect(() => READERS[process]?.(rest)).toThrow('FRESHET_ISSUER')
  })

  it('gives the jobs and the command line environments that they accept', () => {
    expect(READERS['topics']?.(environmentOf('topics'))).toBeDefined()
    expect(READERS['migrate']?.(environmentOf('migrate'))).toBeDefined()
    const cli = environmentOf('cli')
    expect(READERS['topics']?.(cli)).toBeDefined()
    expect(READERS['migrate']?.(cli)).toBeDefined()
  })

  it('names only files that exist, in variables, secrets and volumes', () => {
    const { services, secrets } = readCompose(variables)
    const inVariables = Object.keys(services).flatMap((name) =>
      Object.entries(environmentOf(name)).filter(([key]) => key.endsWith('_FILE')),
    )
    expect(inVariables.length).toBeGreaterThan(20)
    const ours = inVariables.filter(([, path]) => !path.startsWith('/run/secrets/'))
    const volumes = Object.values(services)
      .flatMap((each) => each.volumes ?? [])
      .map((each) => each.split(':')[0] ?? '')
      .filter((from) => from.startsWith('.') || from.startsWith('/'))
    const files = Object.values(secrets).map(({ file }) => file)
    const named = [...ours.map(([, each]) => each), ...volumes, ...files]
    const missing = named.filter((path) => !existsSync(resolve(COMPOSE, path)))
    expect(missing).toEqual([])
  })

  it('gives each process only the secrets that its environment names', () => {
    const { services } = readCompose(variables)
    for (const name of PROCESSES) {
      const { environment = {}, secrets = [] } = serviceOf(services, name)
      const text = JSON.stringify(environment)
      expect(secrets.filter((each) => !text.includes(`/run/secrets/${each}`))).toEqual([])
    }
  })

  it('runs every process of the product without root, privileges and a writable root', () => {
    const { services } = readCompose(variables)
    for (const name of [...PROCESSES, 'topics', 'migrate', 'cli']) {
      const { user, image, ...service } = serviceOf(services, name)
      expect([user?.startsWith('0:'), image]).toEqual([false, 'freshet:0.1.0'])
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
  })

  it('opens no port to other machines', () => {
    const ports = Object.values(readCompose(variables).services).flatMap((each) => each.ports ?? [])
    expect(ports.length).toBeGreaterThan(6)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  it.each([
    [200, 0],
    [503, 1],
  ])('asks /readyz of a service: %s ends the check with %s', async (status, code) => {
    await using server = await answeringServer()
    server.answers = { 'GET /readyz': [status, ''] }
    const { healthcheck } = serviceOf(readCompose(variables).services, 'gateway')
    const [, program = '', ...args] = healthcheck?.test ?? []
    expect(program).toBe('node')
    const check = spawn(process.execPath, args, { env: { READY_URL: `${server.url}/readyz` } })
    expect(await once(check, 'exit')).toEqual([code, null])
  })

  it('has a health check for everything that stays, and brokers for the replicas of the topics', () => {
    const { services } = readCompose(variables)
    const jobs = ['topics', 'migrate', 'cli']
    const unchecked = Object.entries(services).filter(([, { healthcheck }]) => !healthcheck)
    expect(unchecked.map(([name]) => name).toSorted()).toEqual(jobs.toSorted())
    const brokers = Object.keys(services).filter((name) => name.startsWith('kafka-'))
    const plan = planTopics(readFileSync(join(ROOT, 'infra/topics.yaml'), 'utf8'), {
      development: false,
    })
    expect(brokers).toHaveLength(Math.max(...plan.map(({ replication }) => replication)))
  })
})

describe('setup.sh', () => {
  it('makes a certificate with the name of each service, and removes the key of its CA', async () => {
    const tls = join(dir, 'installation/tls')
    const [cert, ca] = ['tls.crt', 'ca.crt'].map(
      (name) => new X509Certificate(readFileSync(join(tls, name))),
    )
    for (const name of PROCESSES) expect(cert?.checkHost(name)).toBe(name)
    expect(cert?.checkHost('other')).toBeUndefined()
    expect(ca && cert?.verify(ca.publicKey)).toBe(true)
    const key = createPrivateKey(readFileSync(join(dir, 'installation/secrets/tls.key')))
    expect(cert?.checkPrivateKey(key)).toBe(true)
    expect((await readdir(tls)).toSorted()).toEqual(['ca.crt', 'tls.crt'])
  })

  it('leaves secrets to their owner alone', async () => {
    const secrets = join(dir, 'installation/secrets')
    expect((await stat(secrets)).mode & 0o077).toBe(0)
    for (const name of (await readdir(secrets)).filter((each) => each !== 'grafana-password'))
      expect((await stat(join(secrets, name))).mode & 0o077).toBe(0)
  })
})

describe.runIf(isInstalled('promtool'))('the configuration of Prometheus', () => {
  it('is one by promtool', () => {
    const file = join(COMPOSE, 'prometheus.yaml')
    const { isContent, text } = runProgram('promtool', ['check', 'config', '--syntax-only', file])
    expect([isContent, text]).toEqual([true, expect.stringContaining('SUCCESS')])
  })
})
