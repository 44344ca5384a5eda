import { parseArgs } from 'node:util'
import type { Scenario } from '../scenario.ts'

/** The arguments of the command line. */
export interface BenchArguments {
  readonly names: readonly string[]
  readonly quick: boolean
  readonly json: string | undefined
  readonly list: boolean
  /** The folder of results; absent: the one from which pages are made. */
  readonly results: string | undefined
  /** Share of the full size; absent: the one that fits the kind of run. */
  readonly scale: number | undefined
}

/** @throws TypeError for an unknown option, or a scale that is no share of the full size */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      results: { type: 'string' },
      scale: { type: 'string' },
    },
  })
  const { quick, json, list, results, scale } = values
  return { names: positionals, quick, json, list, results, scale: scaleOf(scale) }
}

function scaleOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const scale = Number(text)
  if (scale > 0 && scale <= 1) return scale
  throw new TypeError(`The scale ${text} is not a number above 0 and at most 1.`)
}

/**
 * Returns the scenarios that measure one of these: a metric's id, or the first parts of it (`edge` is
 * `edge.apply` and `edge.cold.1m`). If the list is empty, it returns all except those that only run by name.
 *
 * @throws TypeError naming the metric that no scenario measures
 */
export function pickScenarios(
  all: readonly Scenario[],
  names: readonly string[],
): readonly Scenario[] {
  const measures = ({ metrics }: Scenario, name: string): boolean =>
    metrics.some(({ id }) => isNamed(id, name))
  for (const name of names)
    if (!all.some((scenario) => measures(scenario, name)))
      throw new TypeError(`Nothing measures ${name}; --list names what can be measured.`)
  if (names.length === 0) return all.filter(({ onlyNamed }) => onlyNamed !== true)
  return all.filter((scenario) => names.some((name) => measures(scenario, name)))
}

/** Returns whether a name selects an id: the whole of it, or its first parts. */
export function isNamed(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}.`)
}
