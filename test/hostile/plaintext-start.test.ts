import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessPlan } from '../../packages/cli/src/stack/managed-process.ts'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import { freeEndpoints } from '../../packages/cli/src/stack/stack.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
/** Names without an address: no packet of a test leaves the machine. */
const REMOTE = { brokers: ['k1.invalid:9092'], databaseUrl: 'postgres://me:hush@db.invalid/x' }

let dir: string
let plans: readonly ProcessPlan[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-plaintext-'))
  plans = servicePlans(await prepareWorkspace(dir), await freeEndpoints(REMOTE))
})
afterAll(() => rm(dir, { recursive: true }))

/** Returns the exit of a service that is started with additional variables. */
function endOf(
  service: string,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | string | null | undefined; readonly text: string }> {
  const plan = plans.find(({ name }) => name === service)
  const env = { ...plan?.env, ...more }
  return new Promise((resolve) => {
    execFile(process.execPath, [plan?.entry ?? ''], { env, timeout: 45_000 }, (error, out, err) =>
      resolve({ code: error?.code, text: out + err }),
    )
  })
}

describe.each(SERVICES)('%s', (service) => {
  it('ends with 2 on a store in clear over a network and names all that is half or unsafe', async () => {
    const half = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_TLS_CERT_FILE: '/x' }
    const { code, text } = await endOf(service, half)
    expect(code).toBe(2)
    expect(text).toContain('KAFKA_BROKERS: k1.invalid:9092 is not on loopback')
    if (service !== 'sidecar') expect(text).toContain('DATABASE_URL: db.invalid is not on loopback')
    expect(text).toContain('KAFKA_TLS: set it to true, as KAFKA_TLS_CERT_FILE needs TLS')
    expect(text).toContain('KAFKA_TLS_KEY_FILE: missing')
    expect(text).toContain('KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE')
    expect(text).not.toContain('hush')
  })

  it('ends with 2 on a half login by tokens', async () => {
    const half = {
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_TOKEN_URL: 'https://login.invalid/token',
      KAFKA_SASL_CLIENT_SECRET: 'hush',
    }
    const { code, text } = await endOf(service, half)
    expect(code).toBe(2)
    expect(text).toContain('KAFKA_SASL_CLIENT_ID: missing; oauthbearer needs')
    expect(text).not.toContain('hush')
  })
})
