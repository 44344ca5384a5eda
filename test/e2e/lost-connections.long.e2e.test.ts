import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf, subjectIn } from './source.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { applied, timelineOf } from './timeline.ts'
import { mint } from './token.ts'

/** So many times all connections end. Only some of them find a connection that no part of a process watches. */
const ROUNDS = 40
/** Changes that are accepted between two rounds, so that each service is at work when its connections end. */
const CHANGES = 3
const ACCEPTED = { timeout: 60_000, interval: 10 }
const WITHIN_MS = 300_000
const SERVICES = ['authority', 'console', 'gateway', 'reconciler'].map((name) => `freshet-${name}`)
const PARTITIONS_OF_SUBJECTS = [1, 2, 3, 4, 5, 6]
const END_ALL = `
  SELECT application_name AS name, pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = ANY ($1::text[])`

describe.runIf(canRun)('services whose database ends their connections again and again', () => {
  let stack: TestStack
  let db: Database
  beforeAll(async () => {
    stack = await startTestStack()
    db = createDatabase({ url: stack.at.databaseUrl, applicationName: 'freshet-e2e', max: 1 })
  })
  afterAll(async () => {
    await db.close()
    await stack.stop()
  })

  /** Ends the connections of all services. Returns the names of those that had some. */
  async function endAll(): Promise<readonly string[]> {
    const { rows } = await db.query<{ name: string }>({ name: '', text: END_ALL }, [SERVICES])
    return rows.map(({ name }) => name)
  }

  it(
    'go on: no process ends, and a change after the last time is applied by every edge',
    async () => {
      const hr = sourceOf(stack, 'hr')
      const [flow, ended] = [{ accepted: 0, isOver: false }, new Set<string>()]
      /** A refusal is no fault here: the service has no database for a moment. */
      const again = async (ask: (n: number) => Promise<unknown>): Promise<void> => {
        for (let n = 0; !flow.isOver; n += 1) await ask(n).catch(() => undefined)
      }
      const send = async (partition: number, n: number): Promise<void> => {
        const subject = subjectIn(partition)
        await hr.send({ op: 'set', subject, claim: 'groups', value: [`value-${n}`] })
        flow.accepted += 1
      }
      const flows = [
        ...PARTITIONS_OF_SUBJECTS.map((partition) => again((n) => send(partition, n))),
        again(() => mint(stack, 'probe')),
        again(() => timelineOf(stack, 'not-a-change')),
      ]
      for (let round = 0; round < ROUNDS; round += 1) {
        const { accepted } = flow
        await expect.poll(() => flow.accepted, ACCEPTED).toBeGreaterThan(accepted + CHANGES)
        for (const name of await endAll()) ended.add(name)
      }
      flow.isOver = true
      await Promise.all(flows)
      const last = { op: 'set', subject: subjectIn(1), claim: 'groups', value: ['last'] }
      await expect
        .poll(() => hr.send(last).then((id) => applied(stack, id)), ACCEPTED)
        .toMatchObject({ state: 'applied' })
      expect(stack.deaths).toEqual([])
      // Control: each service had connections that ended.
      expect([...ended].toSorted()).toEqual(SERVICES)
    },
    WITHIN_MS,
  )
})
