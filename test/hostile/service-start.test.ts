import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../../packages/cli/src/stack/free-port.ts'
import type { ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
const LIVES_WITHIN_MS = 45_000
/** Another address of loopback, where there is one: who listens there was told to. */
const HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'

let dir: string
let plans: readonly ProcessPlan[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-start-'))
  const ports = await freePorts(7)
  const [gateway, authority, console, sidecar, second, reconciler, nobody] = ports.map(
    (port) => `http://127.0.0.1:${port}`,
  ) as [string, string, string, string, string, string, string]
  const { host } = new URL(nobody)
  plans = servicePlans(await prepareWorkspace(dir), {
    gateway,
    authority,
    console,
    sidecar,
    reconciler,
    'sidecar:2': second,
    brokers: [host],
    databaseUrl: `postgres://someone:hush@${host}/nothing`,
  })
})
afterAll(() => rm(dir, { recursive: true }))

/** Starts a service as `dev` does. */
function start({ entry, env }: ProcessPlan): {
  child: ChildProcess
  url: string
  told: () => string
} {
  const child = spawn(process.execPath, [entry], {
    env: { ...env, FRESHET_HOST: HOST },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => (told += String(part)))
  }
  return { child, url: `http://${HOST}:${env['FRESHET_PORT']}`, told: () => told }
}

describe.each(SERVICES)('%s, started while Postgres and Kafka are absent', (service) => {
  it('lives, is not ready and says why, tells no secret, and ends as it is told', async () => {
    const plan = plans.find(({ name }) => name === service)
    const { child, url, told } = start(plan as ProcessPlan)
    const exited = once(child, 'exit')
    try {
      const live = () =>
        fetch(`${url}/livez`).then(
          ({ status }) => status,
          () => told(),
        )
      await expect.poll(live, { timeout: LIVES_WITHIN_MS }).toBe(200)
      const reason = /No answer from Postgres|Not started yet|keys\.unavailable/
      const ready = async () => (await fetch(`${url}/readyz`)).text()
      await expect.poll(ready, { timeout: LIVES_WITHIN_MS }).toMatch(reason)
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exited).toEqual([0, null])
    expect(told()).not.toContain('hush')
    expect(told()).not.toContain('"ready":true'.repeat(service === 'sidecar' ? 2 : 1))
  })
})
