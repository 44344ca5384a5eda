import { FreshetError } from '@freshet/protocol'
import { SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { beginSpan } from './span.ts'
import { formatTraceparent, parseSpanContext } from './traceparent.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
/** The example of the W3C recommendation. */
const EXAMPLE = `00-${TRACE_ID}-00f067aa0ba902b7-01`
const randomHex = (bytes: number): string => 'ab'.repeat(bytes)

afterEach(() => trace.disable())

describe('traceparent', () => {
  it('is read and written alike', () => {
    const context = parseSpanContext(EXAMPLE)
    expect(context).toMatchObject({ traceId: TRACE_ID, traceFlags: 1 })
    expect(context && formatTraceparent(context)).toBe(EXAMPLE)
  })

  it('of a later version is read, with what stands behind', () => {
    expect(parseSpanContext(`01${EXAMPLE.slice(2)}-more`)).toMatchObject({ traceId: TRACE_ID })
  })

  it.each([
    ['nothing', undefined],
    ['empty', ''],
    ['upper case', EXAMPLE.toUpperCase()],
    ['forbidden version', `ff${EXAMPLE.slice(2)}`],
    ['more behind version 00', `${EXAMPLE}-more`],
    ['no trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['no span', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
  ])('is none: %s', (_, text) => {
    expect(parseSpanContext(text)).toBeUndefined()
  })
})

describe('beginSpan without an SDK', () => {
  it('hands the trace of its parent on', () => {
    const span = beginSpan('process', { parent: EXAMPLE, randomHex })
    span.fail(new Error('x'))
    span.end()
    expect(span.traceparent).toBe(EXAMPLE)
  })

  it.each([undefined, 'not a traceparent'])('begins a trace when the parent is %s', (parent) => {
    const { traceparent } = beginSpan('process', { parent, randomHex })
    expect(traceparent).toBe(`00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-00`)
  })
})

describe('beginSpan with an SDK', () => {
  it('makes a child, with links, and notes a failure by its code alone', () => {
    const noted: unknown[] = []
    const span = {
      spanContext: () => ({ traceId: TRACE_ID, spanId: 'cd'.repeat(8), traceFlags: 1 }),
      setAttribute: (...args: unknown[]) => noted.push(args),
      setStatus: (status: unknown) => noted.push(status),
      end: () => noted.push('end'),
    } as unknown as Span
    const started: Parameters<Tracer['startSpan']>[] = []
    const tracer = {
      startSpan: (...args: Parameters<Tracer['startSpan']>) => {
        started.push(args)
        return span
      },
    }
    trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as Tracer })
    const links = [EXAMPLE, undefined, 'broken']
    const work = beginSpan('process', { kind: 'consumer', parent: EXAMPLE, links, randomHex })
    work.fail(new FreshetError('event.malformed', 'holds a value'))
    work.end()
    const [, options, context] = started[0] ?? []
    expect(options?.links).toHaveLength(1)
    expect(context && trace.getSpanContext(context)).toMatchObject({ traceId: TRACE_ID })
    expect(work.traceparent).toBe(`00-${TRACE_ID}-${'cd'.repeat(8)}-01`)
    expect(noted).toEqual([
      ['error.type', 'event.malformed'],
      { code: SpanStatusCode.ERROR },
      'end',
    ])
  })
})
