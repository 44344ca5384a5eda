import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PRODUCT_CONTROLS } from './controls.ts'
import { findMissing } from './controls/control.ts'
import { seedsIn } from './controls/report.ts'
import { explore, type Run } from './system/explore.ts'
import { mixOf } from './system/mixes.ts'
import { digestOf } from './system/seeds.ts'
import { shrink } from './system/shrink.ts'
import { sim } from './sim-process.ts'

/** Seeds per mix, and the first of them. `npm run sim` makes more. */
const SEEDS = process.env['FRESHET_SIM_SEEDS'] ?? '1'
const FIRST = process.env['FRESHET_SIM_FIRST'] ?? '1'
/** `npm run sim -- --controls` begins each control at seed 1, and writes the seeds that are read here. */
const seedOf = seedsIn(readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8'))
const MINUTES = 10 * 60_000

/** Seeds that once found a defect, of the product or of the oracle. */
const FOUND: readonly (readonly [mix: string, seed: number])[] = [
  // The order of a grant that was too long was delayed until it was no longer too long.
  ['operators', 41],
  // A stolen token was stale for another reason than its key.
  ['operators', 72],
  // A record without a subject cut a snapshot short.
  ['quarantine', 251],
  // A source of the second tenant became silent before its first heartbeat was recorded.
  ['tenants', 201],
  // A process of a source paused, and sent an older time than another one had sent for the same tenant.
  ['tenants', 17],
  // Everything was sent so late that the next head was stored after the end, by a clock that lags.
  ['operators', 1016],
  // An added value was the first record of the claim's new source, before the mark of the activation.
  ['moves', 3250],
  // The publisher of a database that went back named an earlier position, before any check compared the later
  // one.
  ['rewind', 138],
]

/** Mixes whose traces must not depend on the machine: quick, all kinds of faults, and lost history. */
const COMPARED = ['--mix', 'network,storm,history', '--seeds', '1', '--from', '7']

describe('the whole product on virtual time', () => {
  it('keeps every invariant under every mix of faults', { timeout: MINUTES }, async () => {
    const { code, stdout } = await sim(['--seeds', SEEDS, '--from', FIRST])
    expect(stdout).toContain(' 0 findings')
    expect(code).toBe(0)
  })

  it.each(FOUND)('keeps every invariant under %s, seed %i', async (mix, seed) => {
    expect((await explore({ seed, mix: mixOf(mix) })).violations).toEqual([])
  })

  it(
    'keeps every invariant for 4,000 tenants of one deployment',
    { timeout: MINUTES },
    async () => {
      const { stdout } = await sim(['--mix', 'companies', '--seeds', '1'])
      expect(stdout).toContain(' 0 findings')
    },
  )

  it(
    'is the same in each process, whatever its zone, language, memory, and number of workers',
    { timeout: MINUTES },
    async () => {
      const abroad = { TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }
      const options = { NODE_OPTIONS: '--max-old-space-size=300 --stack-trace-limit=2' }
      // Both run at once, so that each is the other's load.
      const [one, other] = await Promise.all([
        sim([...COMPARED, '--workers', '1'], { TZ: 'UTC', LC_ALL: 'C' }),
        sim([...COMPARED, '--workers', '3'], { ...abroad, ...options }),
      ])
      expect(one.stdout).toContain('\ntraces ')
      expect(other.stdout).toBe(one.stdout)
    },
  )

  it('is the same wherever it is called from', { timeout: MINUTES }, async () => {
    const at = { seed: 7, mix: mixOf('calm') }
    const { hash } = await explore(at)
    const listening = await new Promise<Run>((resolve) => {
      setImmediate(() => void explore(at).then(resolve))
    })
    expect(listening.hash).toBe(hash)
    const { stdout } = await sim(['--mix', 'calm', '--seeds', '1', '--from', `${at.seed}`])
    const outcome = { mix: 'calm', seed: at.seed, hash, violation: undefined, seen: [] }
    expect(stdout).toContain(`traces ${digestOf([outcome])}\n`)
    const replayed = await sim(['--mix', 'calm', '--seed', `${at.seed}`])
    expect(replayed.stdout).toContain(`trace ${hash}\n`)
  })

  it.each(PRODUCT_CONTROLS.map((each) => [each.without, each] as const))(
    'shows what a missing guard does: %s',
    { timeout: MINUTES },
    async (_, control) => {
      const found = await findMissing(control, seedOf(control))
      expect(control.breaks).toContain(found.violation?.invariant)
    },
  )
})

const NOT_READ_BACK = 'the publisher does not read back its batches'

describe('a broken run', () => {
  it('is described by its parts, and breaks the same', { timeout: MINUTES }, async () => {
    const control =
      PRODUCT_CONTROLS.find(({ without }) => without === NOT_READ_BACK) ?? expect.unreachable()
    const { seed, violation } = await findMissing(control, seedOf(control))
    const { guards } = control
    const plan = { seed, mix: mixOf(control.mix), guards, isTraceKept: true }
    const whole = await explore(plan)
    const { run, plan: least } = await shrink(plan, whole)
    expect(run.violations[0]?.invariant).toBe(violation?.invariant)
    expect(run.lines.length).toBeLessThan((whole.lines.length * 3) / 4)
    expect(run.strikes.length).toBeLessThan(whole.strikes.length / 2)
    expect((await explore(least)).hash).toBe(run.hash)
  })
})
