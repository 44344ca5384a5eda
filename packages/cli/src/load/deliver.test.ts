import { readFile } from 'node:fs/promises'
import type { BatchAnswer } from '@freshet/source'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GIVE_UP_MS, loadFile } from './load.ts'
import { jsonLines, loadRequest, loadWorld, type LoadWorld, type Planned } from './load-world.ts'

let world: LoadWorld
beforeEach(async () => {
  world = await loadWorld()
})
afterEach(() => world.dispose())

const taken: Planned = (all) => all.map((each) => world.accept(each))
const reached = (retryAfter: number): BatchAnswer => ({
  status: 429,
  retryAfter,
  items: undefined,
  detail: 'limit reached',
})

describe('what the gateway answers', () => {
  it('is obeyed if it names the time to wait', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    world.plan.push(reached(7), { ...reached(3), status: 503 }, new Error('fetch failed'))
    await loadFile(loadRequest(path), world.parts())
    expect(world.waits.slice(0, 2)).toEqual([7_000, 3_000])
    expect(world.waits[2]).toBeGreaterThan(0)
    expect(world.changes().length).toBe(5)
  })

  it('lets only those events be sent again that were cut off', async () => {
    const path = await world.file('hr.jsonl', jsonLines(10))
    world.plan.push(taken)
    world.plan.push((all) =>
      all.map((each, n) =>
        n < 4 ? world.accept(each) : { status: 429, retryAfter: 2, detail: 'cut' },
      ),
    )
    await loadFile(loadRequest(path), world.parts())
    expect(world.batches).toEqual([1, 10, 6, 1])
    expect(world.waits).toEqual([2_000])
  })

  it('ends the load with line and rule where an event is refused for good', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    world.plan.push(taken)
    world.plan.push(() => [{ status: 202 }, { status: 403, detail: 'not yours' }, { status: 202 }])
    await expect(loadFile(loadRequest(path), world.parts())).rejects.toThrow(
      'Line 2 was refused: not yours',
    )
    const state = JSON.parse(await readFile(`${path}.load.json`, 'utf8')) as object
    expect(state).toMatchObject({ done: 1, finished: false })
  })

  it('is not waited for without end', async () => {
    const path = await world.file('hr.jsonl', jsonLines(3))
    world.plan.push(...Array.from({ length: 10_000 }, () => new Error('fetch failed')))
    await expect(loadFile(loadRequest(path), world.parts())).rejects.toThrow(
      'Nothing was accepted for',
    )
    expect(world.nowMs()).toBeGreaterThan(GIVE_UP_MS)
    expect(world.nowMs()).toBeLessThan(2 * GIVE_UP_MS)
  })
})
