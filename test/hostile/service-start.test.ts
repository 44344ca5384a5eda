import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
} from '../setup/start-service.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
/** Another address of loopback, where there is one: who listens there was told to. */
const HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'

let plans: PlansWithoutStores

beforeAll(async () => {
  plans = await plansWithoutStores()
})
afterAll(() => plans[Symbol.asyncDispose]())

describe.each(SERVICES)('%s, started while Postgres and Kafka are absent', (service) => {
  it('lives, is not ready and says why, tells no secret, and ends as it is told', async () => {
    const started = startService(plans.of(service), { FRESHET_HOST: HOST })
    const { child, url, told, exited } = started
    try {
      await untilLive(started)
      const reason = /No answer from Postgres|Not started yet|keys\.unavailable/
      const ready = async () => (await fetch(`${url}/readyz`)).text()
      await expect.poll(ready).toMatch(reason)
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exited).toEqual([0, null])
    expect(told()).not.toContain('hush')
    expect(told()).not.toContain('"ready":true'.repeat(service === 'sidecar' ? 2 : 1))
  })
})
