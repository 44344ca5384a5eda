import { describe, expect, it } from 'vitest'
import { CURVE_PERCENTILES } from '../measure/distribution.ts'
import { Latencies } from '../measure/latencies.ts'
import type { Metric } from '../scenario.ts'
import { curvesOf } from './curves.ts'
import { figuresOf } from './figures.ts'
import { plotOf } from './plot.ts'
import { compared, resultsOf } from './result.ts'
import { tableOf } from './table.ts'

const metrics: readonly Metric[] = [
  {
    id: 'edge.fast',
    unit: 'µs',
    about: 'ours',
    target: { atMost: 2 },
    against: [{ id: 'peer.slow', atMost: 0.5 }, { id: 'peer.absent' }],
  },
  { id: 'peer.slow', unit: 'µs', about: 'theirs' },
]
const spread = (p50: number) => ({ p50, p99: p50 * 2, p999: p50 * 3, max: p50 * 4, n: 5 })
const readings = { 'edge.fast': [spread(1), spread(3), spread(2)], 'peer.slow': [8, 8, 9] }

describe('results', () => {
  it('judge the median of the repetitions by the target', () => {
    const [fast, slow] = resultsOf(metrics, readings)
    expect(fast).toEqual({
      id: 'edge.fast',
      unit: 'µs',
      p50: 2,
      p99: 4,
      p999: 6,
      max: 12,
      n: 15,
      target: { atMost: 2, met: true },
      repetitions: [1, 3, 2],
    })
    expect(slow).toMatchObject({ value: 8, repetitions: [8, 8, 9] })
    const [missed] = resultsOf(metrics, { ...readings, 'edge.fast': [2.1] })
    expect(missed?.target).toEqual({ atMost: 2, met: false })
  })

  it('are compared with what was measured in the same run', () => {
    const [fast] = compared(resultsOf(metrics, readings), metrics)
    expect(fast?.against).toEqual([{ id: 'peer.slow', ratio: 0.25, atMost: 0.5, met: true }])
  })

  it('are compared by a percentile where the metric asks for it', () => {
    const [fast, slow] = metrics as [Metric, Metric]
    const byTail = [
      { ...fast, against: [{ id: 'peer.slow', of: 'p99', atMost: 0.4 }] },
      slow,
    ] as const
    const both = { ...readings, 'peer.slow': [spread(5)] }
    const [result] = compared(resultsOf(byTail, both), byTail)
    const bound = { atMost: 0.4, met: true }
    expect(result?.against).toEqual([{ id: 'peer.slow', of: 'p99', ratio: 0.4, ...bound }])
    expect(tableOf(result === undefined ? [] : [result])).toContain('p99 0.400 × peer.slow met')
  })

  it('are judged by their tails, too', () => {
    const tailed = { ...metrics[0], tail: { p99: { atMost: 3 }, p999: { atMost: 9 } } } as Metric
    const [fast] = resultsOf([tailed], readings)
    expect(fast?.tail).toEqual({ p99: { atMost: 3, met: false }, p999: { atMost: 9, met: true } })
    expect(tableOf(fast === undefined ? [] : [fast])).toContain('p99 MISSED ≤ 3.00; p99.9 met')
  })

  it('miss nothing that a scenario promised', () => {
    expect(() => resultsOf(metrics, { 'edge.fast': [1] })).toThrow('peer.slow was not measured')
    expect(() => resultsOf(metrics, { ...readings, 'peer.slow': [1, spread(1)] })).toThrow(
      'measured in two ways',
    )
  })

  it('are a table and a plot that name every metric', () => {
    const results = compared(resultsOf(metrics, readings), metrics)
    const table = tableOf(results)
    expect(table).toContain('met ≤ 2.00; 0.250 × peer.slow met ≤ 0.500')
    expect(table.split('\n')).toHaveLength(3)
    const plot = plotOf('µs', results)
    for (const { id } of metrics) expect(plot).toContain(`>${id}</text>`)
    expect(plot).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('are a part of a page: machine, figures, what each is, what was left out', () => {
    const results = compared(resultsOf(metrics, readings), metrics)
    const machine = {
      cpu: 'Some CPU',
      cores: 2,
      memoryMiB: 8_192,
      os: 'linux x64',
      node: 'v20.20.2',
      kafka: 'apache-kafka 4.4.0',
      loadAverage: 0.25,
    }
    const apiVersion = 'freshet.dev/bench/v1'
    const report = { apiVersion, machine, commit: 'abc', quick: false, results } as const
    const scenario = { metrics, run: () => Promise.resolve({}) }
    expect(figuresOf(report, [scenario], ['peer.absent: it is not installed']).split('\n')).toEqual(
      [
        'Commit `abc`. Some CPU, 2 cores, 8 GiB, linux x64, Node v20.20.2, apache-kafka 4.4.0, load average 0.3 at the start.',
        '',
        '| id | unit | p50 / value | p99 | p99.9 | max | repetitions | bounds |',
        '| --- | --- | --: | --: | --: | --: | --- | --- |',
        '| `edge.fast` | µs | 2.00 | 4.00 | 6.00 | 12.0 | 1.00 … 3.00 | met ≤ 2.00; 0.250 × peer.slow met ≤ 0.500 |',
        '| `peer.slow` | µs | 8.00 |  |  |  | 8.00 … 9.00 |  |',
        '',
        '- Not measured: peer.absent: it is not installed',
        '',
        '- `edge.fast`: ours',
        '- `peer.slow`: theirs',
        '',
      ],
    )
  })

  it('are curves that name each distribution and end in its maximum', () => {
    const latencies = new Latencies()
    for (let ms = 1; ms <= 1_000; ms += 1) latencies.record(ms * 1_000_000)
    const slow: Metric = { id: 'slow', unit: 'ms', about: 'a thousand', curve: 'waits' }
    const results = resultsOf([slow], { slow: [latencies.distribution('ms')] })
    const curves = curvesOf('waits', results)
    expect(curves).toContain('>slow</text>')
    expect(curves.match(/<polyline points="([^"]*)"/)?.[1]?.split(' ')).toHaveLength(
      CURVE_PERCENTILES.length,
    )
    expect(curves).not.toMatch(/NaN|Infinity|undefined/)
  })
})
