import { createIntake } from '@freshet/intake'
import { postgresStampStore } from '@freshet/postgres'
import { systemClock } from '@freshet/runtime'
import { acmeRegistry, hrChange, plannedWriter, TEST_MAC_KEY } from '@freshet/testkit'
import { PARTITIONS } from '@freshet/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authorityWorld, type AuthorityWorld } from '../authority/authority-world.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'

type Run = (text: string) => Promise<unknown>

/** From now on every insert is refused with this SQLSTATE, as the server itself would. */
async function begin(run: Run, state: string): Promise<void> {
  await run(`create function bad_day() returns trigger language plpgsql as
    $$ begin raise exception 'cannot be written' using errcode = '${state}'; end $$`)
  for (const table of ['stamp', 'issuance']) {
    await run(`create trigger bad_day before insert on ${table} execute function bad_day()`)
  }
}
const end = (run: Run): Promise<unknown> => run('drop function bad_day() cascade')

// No disk is filled and no primary is demoted here: a trigger gives the server's answer.
describe.each([
  ['Postgres read-only, told by its answer 25006', '25006', 'database.read-only'],
  ['Postgres full, told by its answer 53100', '53100', 'database.exhausted'],
  ['Postgres out of connections, told by its answer 53300', '53300', 'database.exhausted'],
])('%s', (_, state, code) => {
  describe('an authority', () => {
    let world: AuthorityWorld
    beforeAll(async () => {
      world = await authorityWorld()
    })
    afterAll(() => world.drop())
    beforeEach(() => world.reset())

    it('mints nothing, returns the reason and a time to return, and mints again afterwards', async () => {
      await begin(world.run, state)
      const { response, body } = await world.exchange()
      expect(response.status).toBe(503)
      expect(body).toMatchObject({ code })
      expect(response.headers.get('retry-after')).not.toBeNull()
      expect((await world.run('select jti from issuance')).rows).toEqual([])
      await end(world.run)
      await expect.poll(async () => (await world.exchange()).response.status).toBe(200)
    })
  })

  describe('a gateway', () => {
    let fresh: FreshDatabase
    beforeAll(async () => {
      fresh = await freshDatabase()
    })
    afterAll(() => fresh.drop())

    it('answers nothing 202 and produces nothing; the same event is taken afterwards', async () => {
      const writer = plannedWriter(() => Date.now())
      const intake = createIntake({
        registry: acmeRegistry(),
        store: postgresStampStore(fresh.tenants),
        writer,
        macKey: () => TEST_MAC_KEY,
        timer: systemClock,
      })
      const send = () => intake.acceptChanges('hr', [{ change: hrChange(1n) }])
      const run: Run = (text) => fresh.db.query({ name: '', text })
      const produced = () => PARTITIONS.flatMap((partition) => writer.records(partition))
      await begin(run, state)
      expect(await send()).toMatchObject([{ ok: false, error: { code } }])
      expect(produced()).toEqual([])
      await end(run)
      await expect.poll(send).toMatchObject([{ ok: true }])
      expect(produced()).toHaveLength(1)
    })
  })
})
