import { describe, expect, it } from 'vitest'
import { countOf } from '../setup/form.ts'
import { explore, type Run } from './checkpoint-explorer.ts'
import { CONTROLS, WITHOUT_EVIDENCE } from './controls.ts'
import {
  CALAMITY,
  FLASHBACKS,
  HISTORY,
  HONEST,
  MALICIOUS,
  PRODUCTION,
  REBIRTHS,
  RESTORES,
  TAILS,
  TENANTS,
  type Mix,
} from './mix.ts'

/**
 * Seeds per mix. `FRESHET_SIM_SEEDS=1000 npx vitest run --project explore-simulated test/simulation` runs
 * that many; `FRESHET_SIM_FIRST` is the first of them.
 */
const SEEDS = Number(process.env['FRESHET_SIM_SEEDS'] ?? countOf('checkpointSeeds'))
const FIRST = Number(process.env['FRESHET_SIM_FIRST'] ?? 1)
const TIMEOUT_MS = 60_000 + SEEDS * 2_000

const MIXES: Readonly<Record<string, Mix>> = {
  honest: HONEST,
  malicious: MALICIOUS,
  restores: RESTORES,
  flashbacks: FLASHBACKS,
  'lost tails': TAILS,
  'lost history': HISTORY,
  calamity: CALAMITY,
  rebirths: REBIRTHS,
  tenants: TENANTS,
}

/** Every kind of misfortune must have struck: a fault that never fires proves nothing. */
const FAULTS = [
  'crash',
  'pause',
  'takeover',
  'restore',
  'tail-loss',
  'change-tail-loss',
  'incarnation',
  'key-rotation',
  'key-revoked',
  'start-anew',
  'resync',
  'edge-restart',
  'send-lost',
  'send-landed',
  'send-late',
  'send-twice',
  'lie-hide',
  'lie-skip',
  'lie-replay',
  'lie-path',
  'lie-forge',
  'lie-reorder',
  'lie-truncate',
  'lie-start',
  'start-at-base',
  'start-at-earliest',
]

const struck = new Set<string>()

function violationOf(run: Run): string {
  for (const fault of run.faults.keys()) struck.add(fault)
  const [first] = run.violations
  return first === undefined
    ? ''
    : `seed ${run.seed}: ${first.kind} at ${first.atMs}: ${first.what}`
}

describe('with all rules, nothing is unsafe, stuck or late', () => {
  it.each(Object.entries(MIXES))(
    'rules 10, 11, 19, 26–31, 38, 41–50 hold under the mix %s',
    (_, mix) => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1)
        expect(violationOf(explore(seed, PRODUCTION, mix))).toBe('')
    },
    TIMEOUT_MS,
  )

  it('every kind of fault struck', () => {
    expect(FAULTS.filter((fault) => !struck.has(fault))).toEqual([])
  })
})

describe('negative controls: without one rule, the explorer finds a violation', () => {
  it.each(CONTROLS)('rule $rule: $without', async ({ rules, mix, shows, from, seeds }) => {
    const all = await rules()
    const finds = (seed: number): boolean =>
      explore(seed, all, mix).violations.some(({ kind }) => shows.includes(kind))
    const found = Array.from({ length: seeds }, (_, n) => from + n).find(finds)
    expect(found, `no violation in seeds ${from} to ${from + seeds - 1}`).toBeDefined()
  })

  it('the rules that random runs have no evidence for are named', () => {
    const expected = new Set(['17', '18', '27', '29', '38', '42'])
    expect(new Set(WITHOUT_EVIDENCE.map(({ rule }) => rule))).toEqual(expected)
  })
})
