import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countOf } from '../setup/form.ts'
import { exploreCheckpoints, type Run } from './checkpoint-explorer.ts'
import { findMissing, isAsItMust } from './controls/control.ts'
import { CHECKPOINT_CONTROLS, WITHOUT_EVIDENCE } from './controls/checkpoints.ts'
import { seedsIn } from './controls/report.ts'
import { MODEL_MIXES, PRODUCTION } from './mix.ts'

/**
 * Seeds per mix. `FRESHET_SIM_SEEDS=1000 npx vitest run --project explore-simulated test/simulation` runs
 * that many; `FRESHET_SIM_FIRST` is the first of them.
 */
const SEEDS = Number(process.env['FRESHET_SIM_SEEDS'] ?? countOf('checkpointSeeds'))
const FIRST = Number(process.env['FRESHET_SIM_FIRST'] ?? 1)
/** `npm run sim -- --controls` begins each control at seed 1, and writes the seeds that are read here. */
const seedOf = seedsIn(readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8'))
const TIMEOUT_MS = 60_000 + SEEDS * 2_000

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
  it.each(Object.entries(MODEL_MIXES))(
    'rules 10, 11, 19, 26–31, 38, 41–50 hold under the mix %s',
    (_, mix) => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1)
        expect(violationOf(exploreCheckpoints(seed, PRODUCTION, mix))).toBe('')
    },
    TIMEOUT_MS,
  )

  it('every kind of fault struck', () => {
    expect(FAULTS.filter((fault) => !struck.has(fault))).toEqual([])
  })
})

describe('negative controls: without one rule, the explorer finds a violation', () => {
  it.each(CHECKPOINT_CONTROLS)('rule $rule: $without', async (control) => {
    const found = await findMissing(control, seedOf(control))
    expect(isAsItMust(found), `no violation in ${control.seeds} seeds`).toBe(true)
  })

  it('the rules that random runs have no evidence for are named', () => {
    const expected = new Set(['17', '18', '27', '29', '38', '42'])
    expect(new Set(WITHOUT_EVIDENCE.map(({ rule }) => rule))).toEqual(expected)
  })
})
