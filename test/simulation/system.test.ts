import { describe, expect, it } from 'vitest'
import { sim } from './sim-process.ts'
import { MARKS, unreached, unseen } from './system/coverage.ts'
import { explore } from './system/explore.ts'
import { mixOf } from './system/mixes.ts'

const MINUTES = 10 * 60_000
/** Quick mixes, with all kinds of faults, and with lost history. system.long.test.ts has every mix. */
const COMPARED = ['--mix', 'network,storm,history', '--seeds', '1', '--from', '7']
/**
 * The traces on the machine of the product's last change; every other machine compares its own with them. A
 * change that alters an event gives other traces. The failure shows them, and they are put here.
 */
const TRACES = '69042a8fab3a3408e3999c66921c618f681fe87efc582831742783c8cc8c7b27'

describe('the whole product on virtual time', () => {
  it(
    'keeps every invariant, by the same traces on each machine',
    { timeout: MINUTES },
    async () => {
      const { code, stdout } = await sim(COMPARED)
      expect(stdout).toContain(' 0 findings')
      expect(stdout).toContain(`\ntraces ${TRACES}\n`)
      expect(code).toBe(0)
    },
  )

  it('is another one for another seed', { timeout: MINUTES }, async () => {
    const mix = mixOf('network')
    const [one, again] = [await explore({ seed: 7, mix }), await explore({ seed: 7, mix })]
    expect(again.hash).toBe(one.hash)
    expect((await explore({ seed: 8, mix })).hash).not.toBe(one.hash)
  })
})

describe('the coverage of runs', () => {
  it('is every kind of fault that their mix names', () => {
    expect(unseen(mixOf('network'), new Set())).toContain('cut')
    expect(unseen(mixOf('calm'), new Set())).not.toContain('cut')
  })

  it('is every rare way of the product, over all mixes', () => {
    const [first = expect.unreachable(), ...others] = MARKS
    expect(unreached(new Set(others))).toEqual([first])
  })
})
