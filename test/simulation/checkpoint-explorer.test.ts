import { describe, expect, it } from 'vitest'
import { explore } from './checkpoint-explorer.ts'
import { HONEST, MALICIOUS, PRODUCTION } from './mix.ts'

const SEEDS = Number(process.env['FRESHET_SIM_SEEDS'] ?? 10)
describe('explore', () => {
  it.each([
    ['honest', HONEST],
    ['malicious', MALICIOUS],
  ] as const)(
    '%s',
    (name, mix) => {
      const t = Date.now()
      const bad: string[] = []
      const faults = new Map<string, number>()
      for (let seed = 1; seed <= SEEDS; seed++) {
        const run = explore(seed, PRODUCTION, mix)
        for (const [k, v] of run.faults) faults.set(k, (faults.get(k) ?? 0) + v)
        if (run.violations.length)
          bad.push(`${seed}: ${run.violations.length} ${JSON.stringify(run.violations[0])}`)
      }
      process.stdout.write(
        name +
          ' ' +
          (Date.now() - t) +
          ' ' +
          JSON.stringify([...faults]) +
          '\n' +
          bad.length +
          '\n' +
          bad.slice(0, 10).join('\n') +
          '\n',
      )
      expect(1).toBe(1)
    },
    3_600_000,
  )
})
