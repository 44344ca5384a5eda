import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { OwnerTurns } from './in-turns.ts'

/** Returns the order in which long work and steps of another request are done. */
async function orderOf(take: (owner: string) => Promise<void>): Promise<readonly string[]> {
  const done: string[] = []
  const works = ['1', '2', '3'].map(async (work) => {
    await take('iga')
    done.push(`iga ${work}`)
  })
  const request = async (): Promise<void> => {
    for (const step of ['1', '2']) {
      await nextTurn()
      done.push(`step ${step}`)
    }
  }
  await Promise.all([...works, request()])
  return done
}

it('work of one owner has a turn each, and other work continues between them', async () => {
  const turns = new OwnerTurns()
  const order = await orderOf((owner) => turns.take(owner))
  expect(order.indexOf('step 1')).toBeLessThan(order.indexOf('iga 2'))
  expect(order.indexOf('step 2')).toBeLessThan(order.indexOf('iga 3'))
  expect(order.filter((each) => each.startsWith('iga'))).toEqual(['iga 1', 'iga 2', 'iga 3'])
})

it('control: without turns of its own, all work of an owner is done first', async () => {
  const order = await orderOf(() => nextTurn())
  expect(order.indexOf('iga 3')).toBeLessThan(order.indexOf('step 2'))
})

it('an owner does not wait for the turns of another', async () => {
  const turns = new OwnerTurns()
  const done: string[] = []
  const take = async (owner: string): Promise<void> => {
    await turns.take(owner)
    done.push(owner)
  }
  await Promise.all(['iga', 'iga', 'iga', 'iga', 'hr'].map(take))
  expect(done.indexOf('hr')).toBeLessThan(2)
})
