import { startPair, type PostgresPair } from '@freshet/local-postgres'
import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf } from '../e2e/source.ts'
import { canRun, startOnStores, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { jtiOf, mint } from '../e2e/token.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'

/** Longer than the accepted age of a replica. */
const TOO_OLD = { timeout: 60_000, interval: 500 }
const LISTS = ['/v1/audit', '/v1/evidence']
const AGE = 'x-freshet-replica-age-ms'
const about = { subject: 'alice', claim: 'groups' } as const

describe.runIf(canRun)('a console with a read replica', () => {
  let pair: PostgresPair
  let broker: StackBroker
  let stack: TestStack
  let standby: Database

  beforeAll(async () => {
    pair = await startPair()
    broker = await takeBroker()
    const stores = { brokers: broker.brokers, databaseUrl: pair.primary.url }
    stack = await startOnStores(stores, (name): Readonly<Record<string, string>> =>
      name === 'console' ? { DATABASE_READ_URL: pair.standby.url } : {},
    )
    standby = createDatabase({ url: pair.standby.url, max: 1, applicationName: 'freshet-test' })
  })
  afterAll(async () => {
    await standby?.close()
    await stack?.stop()
    await broker?.free()
    await pair?.[Symbol.asyncDispose]()
    expect(stack?.deaths).toEqual([])
  })

  const ask = (path: string): Promise<Response> =>
    fetch(new URL(path, stack.at.console), {
      headers: { authorization: `Bearer ${stack.workspace.adminToken}` },
      signal: AbortSignal.timeout(20_000),
    })
  const statusesOf = (paths: readonly string[]): Promise<readonly number[]> =>
    Promise.all(paths.map(async (path) => (await ask(path)).status))
  const onStandby = (text: string): Promise<unknown> => standby.query({ name: '', text })

  it('shows the age of the replica with its lists, and none with a verdict', async () => {
    await expect.poll(() => statusesOf(LISTS)).toEqual([200, 200])
    for (const path of LISTS)
      expect(Number((await ask(path)).headers.get(AGE))).toBeLessThan(10_000)
    const token = await mint(stack, 'probe')
    const { status, headers } = await ask(`/v1/tokens/${jtiOf(token)}`)
    expect([status, headers.get(AGE)]).toEqual([200, null])
  })

  it('refuses the lists of a replica that stands still, and judges tokens by the primary', async () => {
    const hr = sourceOf(stack, 'hr')
    await recorded(stack, await hr.send({ op: 'set', ...about, value: ['staff'] }))
    const token = await mint(stack, 'alice')
    await onStandby('SELECT pg_wal_replay_pause()')
    await applied(stack, await hr.send({ op: 'remove', ...about, value: 'staff' }))
    await expect.poll(() => statusesOf(LISTS), TOO_OLD).toEqual([503, 503])
    expect(await (await ask('/v1/audit')).json()).toMatchObject({ code: 'database.unavailable' })
    expect(await (await ask(`/v1/tokens/${jtiOf(token)}`)).json()).toMatchObject({
      claims: { groups: { verdict: 'stale' } },
    })
    expect(await statusesOf(['/v1/status', '/v1/edges', '/readyz'])).toEqual([200, 200, 200])
    await onStandby('SELECT pg_wal_replay_resume()')
    await expect.poll(() => statusesOf(LISTS), TOO_OLD).toEqual([200, 200])
  })

  it('refuses them without the replica, and serves the rest', async () => {
    await standby.close()
    await pair.standby.stop()
    await expect.poll(() => statusesOf(LISTS)).toEqual([503, 503])
    expect(await statusesOf(['/v1/status', '/v1/edges', '/readyz'])).toEqual([200, 200, 200])
  })
})
