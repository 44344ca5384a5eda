import { parseArgs } from 'node:util'
import type { Scenario } from '../scenario.ts'

/** What the command line asks for. */
export interface BenchArguments {
  readonly names: readonly string[]
  readonly quick: boolean
  readonly json: string | undefined
  readonly list: boolean
}

/** @throws TypeError for an unknown option */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  })
  const { quick, json, list } = values
  return { names: positionals, quick, json, list }
}

/**
 * The scenarios that measure one of these: a metric's id, or the first parts of it (`edge` is
 * `edge.apply` and `edge.cold.1m`). None named: all.
 *
 * @throws TypeError naming what nobody measures
 */
export function pickScenarios(
  all: readonly Scenario[],
  names: readonly string[],
): readonly Scenario[] {
  const measures = ({ metrics }: Scenario, name: string): boolean =>
    metrics.some(({ id }) => id === name || id.startsWith(`${name}.`))
  for (const name of names)
    if (!all.some((scenario) => measures(scenario, name)))
      throw new TypeError(`Nothing measures ${name}; --list names what can be measured.`)
  if (names.length === 0) return all
  return all.filter((scenario) => names.some((name) => measures(scenario, name)))
}
