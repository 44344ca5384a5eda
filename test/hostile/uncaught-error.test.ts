import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
} from '../setup/start-service.ts'

const SIGNAL = 'SIGUSR2'
const HELD = 'a-value-that-the-error-holds'
const KINDS = {
  rejection: `Promise.reject(error)`,
  exception: `throw error`,
} as const

let plans: PlansWithoutStores
let dir: string
beforeAll(async () => {
  plans = await plansWithoutStores()
  dir = await mkdtemp(join(tmpdir(), 'freshet-uncaught-'))
})
afterAll(async () => {
  await plans[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** Returns the options of Node by which a service fails at a signal, where no part of it handles the error. */
async function failing(kind: keyof typeof KINDS): Promise<string> {
  const file = join(dir, `${kind}.cjs`)
  const error = `Object.assign(new Error('planted'), { claim: '${HELD}' })`
  const text = `process.on('${SIGNAL}', () => setImmediate(() => { const error = ${error}; ${KINDS[kind]} }))`
  await writeFile(file, text)
  return `--require=${file}`
}

it.each(['rejection', 'exception'] as const)(
  'a started service ends with 1 where no part handles an error (%s), and logs it without its members',
  async (kind) => {
    const service = startService(plans.of('sidecar'), { NODE_OPTIONS: await failing(kind) })
    await untilLive(service)
    service.child.kill(SIGNAL)
    expect(await service.exited).toEqual([1, null])
    const lines = service.output().trim().split('\n')
    const last = JSON.parse(lines.at(-1) ?? '') as { level: number; err: { message: string } }
    expect(last).toMatchObject({ level: 60, service: 'sidecar', err: { message: 'planted' } })
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([])
    expect(service.output()).not.toContain(HELD)
  },
)
