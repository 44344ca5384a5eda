import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Machine } from '../run/machine.ts'
import type { Metric } from '../scenario.ts'
import { curvesOf } from './curves.ts'
import { plotOf } from './plot.ts'
import type { Result } from './result.ts'

/** A whole run as data. */
export interface Report {
  readonly apiVersion: 'freshet.dev/bench/v1'
  readonly machine: Machine
  readonly commit: string
  readonly quick: boolean
  /** Share of the full size, if the command line names one. */
  readonly scale?: number
  readonly results: readonly Result[]
}

const FILE_OF_UNIT: Readonly<Record<Result['unit'], string>> = {
  µs: 'microseconds',
  ms: 'milliseconds',
  '1/s': 'rates',
  MiB: 'memory',
  kB: 'bytes',
  visits: 'visits',
  '%': 'shares',
}

/** Writes the report as JSON, for programs. */
export async function writeJson(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const results = report.results.map((result) => ({ ...result, curve: undefined }))
  await writeFile(file, `${JSON.stringify({ ...report, results }, undefined, 2)}\n`)
}

/**
 * Writes one plot for each unit that was measured, and one for each group of curves. Resolves to the files.
 */
export async function writePlots(
  dir: string,
  results: readonly Result[],
  metrics: readonly Metric[],
): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true })
  const curveOf = new Map(metrics.map(({ id, curve }) => [id, curve]))
  const plots = [
    ...groupsBy(results, ({ unit }) => unit).map(
      ([unit, group]) => [FILE_OF_UNIT[unit], plotOf(unit, group)] as const,
    ),
    ...groupsBy(results, ({ id }) => curveOf.get(id)).map(
      ([name, group]) => [`percentiles-${name}`, curvesOf(name, group)] as const,
    ),
  ]
  return Promise.all(
    plots.map(async ([name, svg]) => {
      const file = join(dir, `${name}.svg`)
      await writeFile(file, svg)
      return file
    }),
  )
}

/** Groups results by the name that `of` returns; a result without a name is in no group. */
function groupsBy<K extends string>(
  results: readonly Result[],
  of: (result: Result) => K | undefined,
): readonly (readonly [K, readonly Result[]])[] {
  const names = [...new Set(results.map(of))].filter((name) => name !== undefined)
  return names.map((name) => [name, results.filter((result) => of(result) === name)])
}
