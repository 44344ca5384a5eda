import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stageSpans, type TracedStage } from './stage-spans.ts'

const randomHex = (bytes: number): string => 'ab'.repeat(bytes)
const stage: TracedStage = {
  name: 'process freshet.changes.v1',
  kind: 'consumer',
  topic: 'freshet.changes.v1',
  partition: 3,
  randomHex,
}
const AT_MS = 1_795_000_000_000
const [A, B] = ['a'.repeat(32), 'b'.repeat(32)]
const record = (traceId: string, startMs: number) => ({
  traceparent: `00-${traceId}-${'c'.repeat(16)}-01`,
  startMs,
  endMs: startMs + 5,
})

describe('a stage that records passed', () => {
  let exporter: InMemorySpanExporter
  beforeEach(() => {
    exporter = new InMemorySpanExporter()
    const spanProcessors = [new SimpleSpanProcessor(exporter)]
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
  })
  afterEach(() => trace.disable())

  it('is a span in the trace of each, with its own times', () => {
    stageSpans(stage, [record(A, AT_MS)])
    const [span, ...others] = exporter.getFinishedSpans()
    expect(others).toEqual([])
    expect(span?.spanContext().traceId).toBe(A)
    expect(span?.parentSpanContext?.spanId).toBe('c'.repeat(16))
    expect([span?.startTime, span?.endTime]).toEqual([
      [AT_MS / 1_000, 0],
      [AT_MS / 1_000, 5_000_000],
    ])
    expect(span?.attributes).toMatchObject({
      'messaging.operation.name': 'process',
      'messaging.destination.partition.id': '3',
    })
  })

  it('of several together has a batch that links all of them and is linked by each', () => {
    stageSpans(stage, [record(A, AT_MS), record(B, AT_MS + 9)])
    const [batch, ...spans] = exporter.getFinishedSpans()
    expect(batch?.links.map(({ context }) => context.traceId)).toEqual([A, B])
    expect(batch?.attributes['messaging.batch.message_count']).toBe(2)
    const { spanId } = batch?.spanContext() ?? {}
    expect(spans.map(({ links }) => links.map(({ context }) => context.spanId))).toEqual([
      [spanId],
      [spanId],
    ])
  })

  it('leaves out what is of no trace', () => {
    const none = { startMs: 1, endMs: 2 }
    stageSpans(stage, [
      { traceparent: null, ...none },
      { traceparent: undefined, ...none },
    ])
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})

it('without an SDK nothing is made of what passed, not even an id', () => {
  let made = 0
  const counting = { ...stage, randomHex: (bytes: number) => ((made += 1), randomHex(bytes)) }
  stageSpans(counting, [record(A, AT_MS), record(B, AT_MS)])
  expect(made).toBe(0)
})
