import { describe, expect, it } from 'vitest'
import { countOf } from '../../setup/form.ts'
import { GATEWAY_CONTROLS } from './gateway-controls.ts'
import { exploreGateway, type GatewayRun } from './gateway-explorer.ts'
import { KEPT } from './rules.ts'

/**
 * Seeds of the run with all rules.
 * `FRESHET_SIM_SEEDS=5000 npx vitest run --project explore-simulated test/simulation/gateway` runs that many;
 * `FRESHET_SIM_FIRST` is the first of them.
 */
const SEEDS = Number(process.env['FRESHET_SIM_SEEDS'] ?? countOf('gatewaySeeds'))
const FIRST = Number(process.env['FRESHET_SIM_FIRST'] ?? 1)
/** Seeds of the run without faults. */
const CALM_SEEDS = 20
const TIMEOUT_MS = 60_000 + SEEDS * 2_000

/** Every kind of misfortune must have struck: a fault that never fires proves nothing. */
const POINTS = ['inFeed', 'tallyFree', 'find', 'unacknowledged', 'acknowledge', 'leftovers']
const FAULTS = [
  ...[...POINTS, 'append'].flatMap((point) => [`crash before ${point}`, `crash after ${point}`]),
  ...POINTS.map((point) => `unknown ${point}`),
  'append lost',
  'append landed',
  'append late',
  'pause',
  'recorder crash',
  'request lost',
  'restore',
]

function violationOf({ seed, violations: [first] }: GatewayRun): string {
  return first === undefined ? '' : `seed ${seed}: ${first.kind} at ${first.atMs}: ${first.what}`
}

describe('gateways, sources and recorder', () => {
  it(
    'rules 34, 35 and 37: nothing is lost, vouched for early, numbered twice, stuck or unaccounted for (S11)',
    async () => {
      const struck = new Set<string>()
      for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
        const run = await exploreGateway(seed, KEPT)
        expect(violationOf(run)).toBe('')
        for (const fault of run.faults.keys()) struck.add(fault)
      }
      expect(FAULTS.filter((fault) => !struck.has(fault))).toEqual([])
    },
    TIMEOUT_MS,
  )

  it(
    'rule 34: what two gateways take stands once in the topic, as long as nothing goes wrong',
    async () => {
      for (let seed = FIRST; seed < FIRST + CALM_SEEDS; seed += 1)
        expect(violationOf(await exploreGateway(seed, { ...KEPT, faults: 'none' }))).toBe('')
    },
    TIMEOUT_MS,
  )

  it.each(GATEWAY_CONTROLS)(
    'control of rule $rule: $without',
    async ({ rules, shows, seeds }) => {
      const found: GatewayRun['violations'][number]['kind'][] = []
      for (let seed = 1; seed <= seeds && !found.includes(shows); seed += 1)
        found.push(...(await exploreGateway(seed, rules)).violations.map(({ kind }) => kind))
      expect(found).toContain(shows)
    },
    TIMEOUT_MS,
  )
})
