import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVED } from '../../packages/cli/src/installation/service-names.ts'
import { ROOT } from '../../packages/cli/src/stack/paths.ts'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

const FRESHET = join(ROOT, 'packages', 'cli', 'bin', 'freshet.js')
const SERVICES = SERVED.map(({ service }) => service)

let plans: PlansWithoutStores
let dir: string

beforeAll(async () => {
  plans = await plansWithoutStores()
  dir = await mkdtemp(join(tmpdir(), 'freshet-serve-'))
})
afterAll(async () => {
  await plans[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

/** Starts `freshet serve` with the variables that `dev` gives to the service. */
function serve(service: string, more: Readonly<Record<string, string>> = {}): StartedService {
  const { env } = plans.of(service)
  return startService({ entry: FRESHET, args: ['serve', service], env }, more)
}

/** Returns the files of Freshet that a process has loaded, by the coverage that Node writes at its end. */
async function loadedBy(folder: string): Promise<readonly string[]> {
  const reports = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  )
  const urls = reports.flatMap((text) => {
    const { result } = JSON.parse(text) as { readonly result: readonly { readonly url: string }[] }
    return result.map(({ url }) => url)
  })
  return urls.filter((url) => url.startsWith('file:'))
}

describe.each(SERVICES)('freshet serve %s, while Postgres and Kafka are absent', (service) => {
  it('is the service: it lives, is not ready, and ends by its signal with 0', async () => {
    const folder = join(dir, service)
    const started = serve(service, { NODE_V8_COVERAGE: folder })
    try {
      await untilLive(started)
      expect((await fetch(`${started.url}/readyz`)).status).toBe(503)
    } finally {
      started.child.kill('SIGTERM')
    }
    expect(await started.exited).toEqual([0, null])
    const loaded = await loadedBy(folder)
    expect(loaded.some((url) => url.endsWith(`/services/${service}/dist/main.js`))).toBe(true)
    expect(loaded.filter((url) => /\/cli\/dist\/commands\/|\/commander\//.test(url))).toEqual([])
  })

  it('ends with the exit code of the service, which names the variable', async () => {
    const { exited, output } = serve(service, { FRESHET_PORT: 'seven' })
    expect(await exited).toEqual([2, null])
    expect(output()).toContain('FRESHET_PORT')
  })
})

it('control: the loaded commands of another command are found', async () => {
  const folder = join(dir, 'list')
  const env = { NODE_V8_COVERAGE: folder }
  const { exited, output } = startService({ entry: FRESHET, args: ['serve'], env })
  expect(await exited).toEqual([0, null])
  for (const service of SERVICES) expect(output()).toMatch(new RegExp(`^${service} `, 'm'))
  const loaded = await loadedBy(folder)
  expect(loaded.some((url) => url.includes('/cli/dist/commands/'))).toBe(true)
})

it.each([
  ['gatway', 'try: freshet serve gateway'],
  ['postgres', 'why: the services are gateway, reconciler, authority, console, sidecar'],
])('freshet serve %s is a usage error that helps', async (name, help) => {
  const { exited, output } = startService({ entry: FRESHET, args: ['serve', name], env: {} })
  expect(await exited).toEqual([2, null])
  expect(output()).toContain(`No service has the name ${name}.`)
  expect(output()).toContain(help)
})

it('a further argument is a usage error: the environment has all settings of a service', async () => {
  const args = ['serve', 'gateway', '-o', 'json']
  const { exited, output } = startService({ entry: FRESHET, args, env: {} })
  expect(await exited).toEqual([2, null])
  expect(output()).toContain('freshet serve gateway takes no further argument.')
})
