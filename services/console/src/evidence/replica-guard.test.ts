import { createBareApp, createLogger } from '@freshet/runtime'
import { ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { addReplicaGuard, REPLICA_AGE_MAX_MS, type ReplicaAge } from './replica-guard.ts'

async function answerOf(route: string, age: ReplicaAge | undefined): Promise<Response> {
  const app = createBareApp({ logger: createLogger('console', 'silent'), clock: new ManualClock() })
  addReplicaGuard(app, age)
  app.get('*', (c) => c.text('rows'))
  return app.request(route)
}
const shown = async (route: string, age: ReplicaAge | undefined): Promise<unknown> => {
  const answer = await answerOf(route, age)
  return [answer.status, answer.headers.get('x-freshet-replica-age-ms')]
}

it.each(['/v1/audit', '/v1/evidence', '/v1/tokens'])(
  '%s shows the age of its rows',
  async (route) => {
    expect(await shown(route, async () => 812.4)).toEqual([200, '812'])
    expect(await shown(route, async () => REPLICA_AGE_MAX_MS)).toEqual([200, '10000'])
  },
)

it.each<[string, number | undefined]>([
  ['too old', REPLICA_AGE_MAX_MS + 1],
  ['of unknown age', undefined],
])('refuses rows that are %s', async (_, age) => {
  const answer = await answerOf('/v1/audit', async () => age)
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'database.unavailable' })
})

it('leaves a verdict, the current state, and a console without a replica as they are', async () => {
  for (const route of ['/v1/tokens/t-1', '/v1/status', '/v1/health'])
    expect(await shown(route, async () => undefined)).toEqual([200, null])
  expect(await shown('/v1/audit', undefined)).toEqual([200, null])
})
