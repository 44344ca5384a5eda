import { mint, type MintDependencies } from '@freshet/authority'
import { inTransaction, postgresMintStore, type Flights } from '@freshet/postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openChanger } from './change.ts'
import { unmarkedTokens } from './race.ts'
import {
  CHANGED_PARTITIONS,
  openRaceWorld,
  orderFor,
  plantSubjects,
  subjectsIn,
  type RaceWorld,
} from './race-world.ts'

let world: RaceWorld
beforeEach(async () => {
  world = await openRaceWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/**
 * Mints once; the subject changes once, at the time that `depsOf` chooses. Returns the state of the released
 * token.
 */
async function mintBeside(depsOf: (change: () => Promise<void>) => MintDependencies) {
  const [subject] = subjectsIn(CHANGED_PARTITIONS[0] ?? 0, 1, 'look')
  if (subject === undefined) throw new Error('no subject')
  await plantSubjects(world.changers, [subject])
  const changer = openChanger(world, 'after the commit')
  let changedAt: bigint | undefined
  const changeOnce = async (): Promise<void> => {
    if (changedAt !== undefined) return
    changedAt = (await changer.change(subject)).offset
    await changer.mark()
  }
  const { jwt, jti } = await mint(orderFor(subject), depsOf(changeOnce))
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
  const { freshet } = JSON.parse(payload) as { readonly freshet: { readonly s: string } }
  if (changedAt === undefined) throw new Error('nothing changed')
  const marked = !(await unmarkedTokens(world.changers)).has(jti)
  return { superseded: BigInt(freshet.s) <= changedAt, marked }
}

/** Returns a store whose flights of a tenant run as `fly` decides. */
function storeThatFlies(fly: (tenant: string) => Flights['inOneFlight']) {
  const { minters } = world
  const ofTenant = (tenant: string) => ({ ...minters.ofTenant(tenant), inOneFlight: fly(tenant) })
  return postgresMintStore({ ...minters, ofTenant })
}

describe('rule 5: a change while a token is being recorded', () => {
  it('is seen by the look, and the token does not leave: the one that does is newer', async () => {
    const { deps } = world
    const found = await mintBeside((change) => ({
      ...deps,
      store: {
        ...deps.store,
        async recordAndRecheck(minted, query) {
          await change()
          return deps.store.recordAndRecheck(minted, query)
        },
      },
    }))
    expect(found.superseded).toBe(false)
  })

  it('would leave it superseded and unmarked without the look (control of rule 5)', async () => {
    const { deps } = world
    const nothing = { partitions: new Map(), watermarks: new Map(), denials: new Map() }
    const found = await mintBeside((change) => ({
      ...deps,
      store: {
        ...deps.store,
        async recordAndRecheck(minted, query) {
          await change()
          await deps.store.recordAndRecheck(minted, query)
          return nothing
        },
      },
    }))
    expect(found).toEqual({ superseded: true, marked: false })
  })

  it('comes after the commit when the look did not see it, and marks the token', async () => {
    const found = await mintBeside((change) => ({
      ...world.deps,
      store: storeThatFlies((tenant) => async (send) => {
        const answer = await world.minters.ofTenant(tenant).inOneFlight(send)
        await change()
        return answer
      }),
    }))
    expect(found).toEqual({ superseded: true, marked: true })
  })

  it('would leave it superseded and unmarked behind a look before the commit (control of rule 5)', async () => {
    const found = await mintBeside((change) => ({
      ...world.deps,
      // Both are in one transaction: the recheck's snapshot is older than the commit.
      store: storeThatFlies(
        (tenant) => (send) =>
          inTransaction(world.minters, { tenant }, async (transaction) => {
            const answer = await send(transaction)
            await change()
            return answer
          }),
      ),
    }))
    expect(found).toEqual({ superseded: true, marked: false })
  })
})
