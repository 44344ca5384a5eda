import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Machine } from '../run/machine.ts'
import { plotOf } from './plot.ts'
import type { Result } from './result.ts'

/** A whole run as data. */
export interface Report {
  readonly apiVersion: 'freshet.dev/bench/v1'
  readonly machine: Machine
  readonly commit: string
  readonly quick: boolean
  readonly results: readonly Result[]
}

const FILE_OF_UNIT: Readonly<Record<Result['unit'], string>> = {
  µs: 'microseconds',
  ms: 'milliseconds',
  '1/s': 'rates',
  MiB: 'memory',
}

/** Writes the report as JSON, for programs. */
export async function writeJson(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
}

/** Writes one plot for each unit that was measured. Resolves to the files. */
export async function writePlots(
  dir: string,
  results: readonly Result[],
): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true })
  const units = [...new Set(results.map(({ unit }) => unit))]
  return Promise.all(
    units.map(async (unit) => {
      const file = join(dir, `${FILE_OF_UNIT[unit]}.svg`)
      await writeFile(
        file,
        plotOf(
          unit,
          results.filter((result) => result.unit === unit),
        ),
      )
      return file
    }),
  )
}
