import { DataPointType } from '@opentelemetry/sdk-metrics'
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client'
import { beforeEach, describe, expect, it } from 'vitest'
import { metricDataOf } from './metric-data.ts'

const COVERED = { startMs: 1_000, endMs: 61_500 }
const TIMES = { startTime: [1, 0], endTime: [61, 500_000_000] }
let registry: Registry

beforeEach(() => {
  registry = new Registry()
})

const data = async () => metricDataOf(await registry.getMetricsAsJSON(), COVERED)

describe('the figures of a process, for OTLP', () => {
  it('have a counter as a sum that only grows, since the start', async () => {
    const counter = new Counter({
      name: 'a_total',
      help: 'A.',
      labelNames: ['code'],
      registers: [registry],
    })
    counter.inc({ code: 'x' }, 3)
    expect(await data()).toMatchObject([
      {
        descriptor: { name: 'a_total', description: 'A.' },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [{ ...TIMES, attributes: { code: 'x' }, value: 3 }],
      },
    ])
  })

  it('have a gauge as its last value', async () => {
    new Gauge({ name: 'b', help: 'B.', registers: [registry] }).set(-1.5)
    expect(await data()).toMatchObject([
      { dataPointType: DataPointType.GAUGE, dataPoints: [{ attributes: {}, value: -1.5 }] },
    ])
  })

  it('have a histogram with the count of each bucket alone, for each set of labels', async () => {
    const histogram = new Histogram({
      name: 'c_seconds',
      help: 'C.',
      labelNames: ['stage'],
      buckets: [1, 2],
      registers: [registry],
    })
    for (const value of [0.5, 1.5, 1.75, 9]) histogram.observe({ stage: 'one' }, value)
    histogram.observe({ stage: 'two' }, 3)
    const value = (counts: number[], sum: number, count: number) => ({
      buckets: { boundaries: [1, 2], counts },
      sum,
      count,
    })
    expect(await data()).toMatchObject([
      {
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          { ...TIMES, attributes: { stage: 'one' }, value: value([1, 2, 1], 12.75, 4) },
          { ...TIMES, attributes: { stage: 'two' }, value: value([0, 0, 1], 3, 1) },
        ],
      },
    ])
  })

  it('leave out what has no such form', async () => {
    new Summary({ name: 'd', help: 'D.', registers: [registry] }).observe(1)
    expect(await data()).toEqual([])
  })
})
