import { describe, expect, it } from 'vitest'
import { findMissing } from './system/controls-report.ts'
import { CONTROLS } from './system/controls.ts'
import { unseen } from './system/coverage.ts'
import { explore } from './system/explore.ts'
import { MIXES } from './system/mixes.ts'

/** Seeds per mix, and the first of them; `npm run sim` runs as many on all cores. */
const SEEDS = Number(process.env['FRESHET_SIM_SEEDS'] ?? 1)
const FIRST = Number(process.env['FRESHET_SIM_FIRST'] ?? 1)
/** `npm run sim -- --controls` runs the others too. */
const SOON = 5
const MINUTES = 10 * 60_000

describe('the whole product on virtual time', () => {
  it.each(Object.entries(MIXES))(
    'keeps every invariant under %s',
    { timeout: MINUTES },
    async (_, mix) => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const { violations } = await explore({ seed, mix })
        expect({ seed, violations }).toEqual({ seed, violations: [] })
      }
    },
  )

  it('is the same in each run of a seed', { timeout: MINUTES }, async () => {
    const mix = MIXES['network'] ?? expect.unreachable()
    const [one, other] = [await explore({ seed: 7, mix }), await explore({ seed: 7, mix })]
    expect(other.hash).toBe(one.hash)
    expect((await explore({ seed: 8, mix })).hash).not.toBe(one.hash)
  })

  it.each(
    CONTROLS.filter(({ seeds }) => seeds <= SOON).map((each) => [each.without, each] as const),
  )('shows what a missing guard does: %s', { timeout: MINUTES }, async (_, control) => {
    const found = await findMissing(control)
    expect(control.breaks).toContain(found.violation?.invariant)
  })

  it('strikes with every kind of fault that a mix names', { timeout: MINUTES }, async () => {
    const mix = MIXES['network'] ?? expect.unreachable()
    const seen = new Set<string>()
    for (let seed = 1; seed <= 3; seed++)
      for (const fault of (await explore({ seed, mix })).faults.keys()) seen.add(fault)
    expect(unseen(mix, seen)).toEqual([])
    expect(unseen(mix, new Set())).toContain('cut')
  })
})
