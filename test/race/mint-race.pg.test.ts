import type { MintDependencies } from '@freshet/authority'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countOf } from '../setup/form.ts'
import { locksMet } from './locks-met.ts'
import { race, type RaceOptions, type RaceResult } from './race.ts'
import {
  CHANGED_PARTITIONS,
  openRaceWorld,
  plantSubjects,
  subjectsIn,
  type RaceWorld,
} from './race-world.ts'

/** Mints of the main run; `FRESHET_RACE_MINTS=100000` for the long one. */
const MINTS = Number(process.env['FRESHET_RACE_MINTS'] ?? countOf('raceMints'))
/** A broken variant shows its fault within this many. */
const CONTROL_MINTS = countOf('raceControlMints')
/** Mints beside changes: one change for about each tenth. */
const MINTS_IN_THE_WAY = (MINTS * 3) / 4
const TIME_LIMIT_MS = 120_000 + MINTS * 5

let world: RaceWorld
beforeEach(async () => {
  world = await openRaceWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const report = (title: string, result: RaceResult): void => {
  const perSecond = Math.round((result.released * 1_000) / result.durationMs)
  process.stderr.write(`race: ${title}: ${JSON.stringify({ ...result, perSecond })}\n`)
}

async function run(
  title: string,
  options: Partial<RaceOptions> & { readonly perPartition: number },
): Promise<RaceResult> {
  const subjects = new Map(
    CHANGED_PARTITIONS.map((p) => [p, subjectsIn(p, options.perPartition, title)] as const),
  )
  await plantSubjects(world.changers, [...subjects.values()].flat())
  const result = await race(world, {
    mints: CONTROL_MINTS,
    oneChangeEach: false,
    marking: 'after the commit',
    deps: world.deps,
    ...options,
    subjects,
  })
  report(title, result)
  return result
}

/** Returns the same process with another store. */
const withStore = (change: Partial<MintDependencies['store']>): MintDependencies => ({
  ...world.deps,
  store: { ...world.deps.store, ...change },
})

describe('minting under concurrent changes of the same subjects', () => {
  test(
    'releases no label newer than its claims, and nothing superseded and unmarked (rules 4, 5)',
    async () => {
      const again = await run('again', { mints: MINTS / 2, perPartition: 4 })
      const once = await run('once', {
        mints: MINTS / 2,
        perPartition: MINTS / 2,
        oneChangeEach: true,
      })
      for (const result of [again, once]) {
        expect(result).toMatchObject({ labelNewer: 0, unmarked: 0, leftBehind: 0 })
        expect(result.counted).toBeGreaterThan(0)
        expect(result.withheld).toBeGreaterThan(0)
        expect(result.released).toBeGreaterThan(MINTS / 4)
        expect(result.changes).toBeGreaterThan(MINTS / 80)
      }
    },
    TIME_LIMIT_MS,
  )
})

describe('the race finds', () => {
  test('claims that are read before the label: labels newer than claims (control of rule 4)', async () => {
    const { store } = world.deps
    const deps = withStore({
      async snapshot(query) {
        const { claims } = await store.snapshot(query)
        return { ...(await store.snapshot(query)), claims }
      },
    })
    const result = await run('claims first', { perPartition: 4, deps })
    expect(result.labelNewer).toBeGreaterThan(0)
  })

  test('marks that are made before the commit: unmarked tokens in spite of the look (control of S9)', async () => {
    const result = await run('marks before the commit', {
      perPartition: CONTROL_MINTS,
      oneChangeEach: true,
      marking: 'before the commit',
    })
    expect(result.unmarked).toBeGreaterThan(0)
  })
})

describe('a change of a subject that is minted in a loop', () => {
  test(
    'waits for no mint; with share locks it waits behind them',
    async () => {
      const [first, second] = subjectsIn(CHANGED_PARTITIONS[0] ?? 0, 2, 'loop')
      if (first === undefined || second === undefined) throw new Error('no subjects')
      await plantSubjects(world.changers, [first, second])
      const free = await locksMet(world, first, 'snapshot and look', MINTS_IN_THE_WAY)
      const locked = await locksMet(world, second, 'share locks', 500)
      process.stderr.write(`race: locks met: ${JSON.stringify({ free, locked })}\n`)
      expect(free.changes).toBeGreaterThan(MINTS_IN_THE_WAY / 60)
      expect(free.blocked).toBe(0)
      expect(locked.blocked).toBeGreaterThan(0)
    },
    TIME_LIMIT_MS,
  )
})
