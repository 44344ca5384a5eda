import { expect, it } from 'vitest'
import { parseTraceparent } from './traceparent.ts'

const trace = 'a'.repeat(32)
const span = 'b'.repeat(16)

it('a valid traceparent names its trace and span', () => {
  expect(parseTraceparent(`00-${trace}-${span}-01`)).toEqual({
    traceId: trace,
    spanId: span,
    flags: '01',
  })
})

it.each([
  undefined,
  '',
  `ff-${trace}-${span}-01`,
  `00-${'0'.repeat(32)}-${span}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${span}-01`,
])('the traceparent %s is ignored', (text) => {
  expect(parseTraceparent(text)).toBeUndefined()
})
