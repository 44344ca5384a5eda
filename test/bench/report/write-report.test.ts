import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Latencies } from '../measure/latencies.ts'
import type { Metric } from '../scenario.ts'
import { resultsOf } from './result.ts'
import { writeJson, writePlots } from './write-report.ts'

const metrics: readonly Metric[] = [
  { id: 'way', unit: 'ms', about: 'a way', curve: 'ways' },
  { id: 'rate', unit: '1/s', about: 'a rate' },
]
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bench-report-'))
})
afterEach(() => rm(dir, { recursive: true }))

function results() {
  const latencies = new Latencies()
  latencies.record(2_000_000)
  return resultsOf(metrics, { way: [latencies.distribution('ms')], rate: [1_500] })
}

describe('a report', () => {
  it('is data: machine, commit, and percentiles or a value by id and unit', async () => {
    const machine = { cpu: 'c', cores: 2, memoryMiB: 1, os: 'o', node: 'n', loadAverage: 0 }
    const file = join(dir, 'deeper', 'out.json')
    const apiVersion = 'freshet.dev/bench/v1'
    const report = { apiVersion, machine, commit: 'abc', quick: true, results: results() } as const
    await writeJson(file, report)
    const read = JSON.parse(await readFile(file, 'utf8')) as { results: object[] }
    expect(read).toMatchObject({ apiVersion, machine, commit: 'abc' })
    const [way, rate] = read.results
    expect(Object.keys(way ?? {})).toEqual('id unit p50 p99 p999 max n repetitions'.split(' '))
    expect(rate).toEqual({ id: 'rate', unit: '1/s', value: 1_500, repetitions: [1_500] })
  })

  it('is a plot for each unit, and one for each group of curves', async () => {
    await writePlots(dir, results(), metrics)
    expect((await readdir(dir)).toSorted()).toEqual([
      'milliseconds.svg',
      'percentiles-ways.svg',
      'rates.svg',
    ])
  })
})
