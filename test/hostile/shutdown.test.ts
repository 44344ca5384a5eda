import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'

const DELAY = 'FRESHET_SHUTDOWN_DELAY_MS'
/** The variable that Kubernetes adds to pods for a Service `freshet-gateway`. */
const LINK = 'FRESHET_GATEWAY_SERVICE_HOST'.replace('_SERVICE_HOST', '')
const LINKS = {
  [`${LINK}_SERVICE_HOST`]: '10.0.0.11',
  [`${LINK}_SERVICE_PORT`]: '7070',
  [`${LINK}_SERVICE_PORT_HTTP`]: '7070',
  [`${LINK}_PORT`]: 'tcp://10.0.0.11:7070',
  [`${LINK}_PORT_7070_TCP`]: 'tcp://10.0.0.11:7070',
  [`${LINK}_PORT_7070_TCP_PROTO`]: 'tcp',
  [`${LINK}_PORT_7070_TCP_PORT`]: '7070',
  [`${LINK}_PORT_7070_TCP_ADDR`]: '10.0.0.11',
}

let plans: PlansWithoutStores
let started: StartedService | undefined

beforeAll(async () => {
  plans = await plansWithoutStores()
})
afterAll(async () => {
  await started?.end()
  await plans[Symbol.asyncDispose]()
})

const statusOf = async (path: string): Promise<number> =>
  (await fetch(`${started?.url}${path}`)).status

describe('a started sidecar with a shutdown delay', () => {
  it('is not ready at once, serves on, and ends with 0 when the next signal comes', async () => {
    started = startService(plans.of('sidecar'), { ...LINKS, [DELAY]: '60000' })
    await untilLive(started)
    expect(await statusOf('/readyz?exclude=edge')).toBe(200)
    started.child.kill('SIGTERM')
    await expect.poll(() => statusOf('/readyz?exclude=edge')).toBe(503)
    expect(await statusOf('/livez')).toBe(200)
    const question = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const body = JSON.stringify({ token: 'none' })
    expect((await fetch(`${started.url}/v1/check`, { ...question, body })).status).toBe(200)
    started.child.kill('SIGTERM')
    expect(await started.exited).toEqual([0, null])
  })
})

describe.each(['gateway', 'reconciler', 'authority', 'console', 'sidecar'])('%s', (service) => {
  it('starts among the variables of a Service, and ends with 0 by itself when the delay is over', async () => {
    started = startService(plans.of(service), { ...LINKS, [DELAY]: '1' })
    await untilLive(started)
    started.child.kill('SIGTERM')
    expect(await started.exited).toEqual([0, null])
  })

  it('control: ends with 2 where a name is misspelt', async () => {
    started = startService(plans.of(service), { [`${LINK}_SERVICE_HOTS`]: '10.0.0.11' })
    expect(await started.exited).toEqual([2, null])
    expect(started.output()).toContain('not a known variable')
  })
})
