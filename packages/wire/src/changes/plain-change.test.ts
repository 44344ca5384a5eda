import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change } from '../../../../test/setup/wire-arbitraries.ts'
import { dataOf } from './change-data.ts'
import { changeEventSchema, changeSchema } from './change-schema.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { plainChange, plainChangeEvent } from './plain-change.ts'
import { parseJson } from '../json/strict-json.ts'

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    [],
    {},
    [[]],
    '',
    '0',
    '00',
    '1.2',
    '1.2.3',
    '-1',
    0,
    1.5,
    '__proto__',
    'a\0b',
    '\ud800',
    'a\ud83e\udd89',
    '\u007f',
    ['a', 1, true],
    ['\ud800'],
    ['\0'],
    [''],
    ['\n'],
    'set',
    'remove',
    'clear',
    'disabled',
    'explode',
    '2026-02-29T00:00:00.000Z',
    '2028-02-29T00:00:00Z',
    '2026-11-24T10:00:00.123456789+23:59',
    '2026-11-24',
    { format: 'iss_sub', iss: 'i', sub: 's' },
    { format: 'iss_sub', iss: 'i', sub: 's', more: 1 },
    { format: 'opaque', id: 's' },
  ),
  fc
    .constantFrom(64, 65, 128, 129, 256, 512, 513, 1024, 1025)
    .chain((length) => fc.constantFrom<unknown>('x'.repeat(length), ['x'.repeat(length)])),
  fc.constantFrom(1000, 1001).map((length) => Array<string>(length).fill('x')),
  fc.jsonValue(),
)
const members = [
  'tenant',
  'subject',
  'claim',
  'op',
  'value',
  'sourceVersion',
  'sequence',
  'occurredAt',
  'onBehalfOf',
  'critical',
  'settles',
  'unknown',
  'constructor',
] as const
const mutation = fc.tuple(fc.constantFrom(...members), odd, fc.constantFrom('put', 'leave out'))

function mutated(data: object, mutations: readonly [string, unknown, string][]): unknown {
  const made: Record<string, unknown> = { ...data }
  for (const [name, value, how] of mutations) {
    if (how === 'put') made[name] = value
    else delete made[name]
  }
  return JSON.parse(JSON.stringify(made))
}

const plainData = {
  tenant: 'acme',
  subject: { format: 'iss_sub', iss: 'https://idp.example', sub: 'alice' },
  claim: 'groups',
  op: 'remove',
  value: ['staff'],
  sourceVersion: '7',
  occurredAt: '2026-11-24T10:00:00.120Z',
}

describe('the quick reader of a change', () => {
  it('takes what the schema takes, as the schema reads it', () => {
    let taken = 0
    fc.assert(
      fc.property(change, fc.array(mutation, { maxLength: 2 }), (made, mutations) => {
        const json = mutated(dataOf(made), mutations)
        const quick = plainChange(json)
        if (quick === undefined) return
        taken += 1
        expect(changeSchema.safeParse(json)).toEqual({ success: true, data: quick })
      }),
      { numRuns: 5_000 },
    )
    // If the quick reader accepted nothing, the test would compare nothing.
    expect(taken).toBeGreaterThan(100)
  })

  it('takes every plain change of a claim by itself', () => {
    expect(plainChange(plainData)).toEqual(plainData)
    expect(plainChange({ ...plainData, op: 'clear', value: undefined })).toMatchObject({
      op: 'clear',
    })
  })

  it('leaves to the schema what it does not know; control: without that member it takes it', () => {
    expect(plainChange(plainData)).toEqual(plainData)
    expect(plainChange({ ...plainData, critical: ['except'] })).toBeUndefined()
    expect(changeSchema.safeParse({ ...plainData, critical: ['except'] }).success).toBe(false)
  })
})

const eventMembers = [
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'datacontenttype',
  'traceparent',
  'data',
  'unknown',
] as const
const eventMutation = fc.tuple(
  fc.constantFrom(...eventMembers),
  odd,
  fc.constantFrom('put', 'leave out'),
)

const plainEvent = {
  specversion: '1.0',
  id: 'hr-1',
  source: 'hr',
  type: EVENT_TYPES.change,
  time: plainData.occurredAt,
  datacontenttype: 'application/json',
  data: plainData,
}

describe('the quick reader of an event', () => {
  it('takes what the schema takes, as the schema reads it', () => {
    let taken = 0
    fc.assert(
      fc.property(fc.array(eventMutation, { maxLength: 2 }), fc.array(mutation), (outer, inner) => {
        const data = mutated(plainData, inner.slice(0, 1)) as object
        const json = mutated({ ...plainEvent, data }, outer)
        const quick = plainChangeEvent(json)
        if (quick === undefined) return
        taken += 1
        const { success, data: read } = changeEventSchema.safeParse(json)
        expect([success, read]).toMatchObject([true, quick])
        expect(read?.traceparent).toBe(quick.traceparent)
      }),
      { numRuns: 5_000 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('takes one as the gateway reads it, whose objects have no prototype', () => {
    const json = parseJson(Buffer.from(JSON.stringify(plainEvent)))
    expect(Object.getPrototypeOf(json)).toBeNull()
    expect(plainChangeEvent(json)).toEqual({ id: 'hr-1', source: 'hr', data: plainData })
  })

  it('leaves another type to the schema, which refuses it', () => {
    const other = { ...plainEvent, type: 'dev.freshet.other.v1' }
    expect(plainChangeEvent(other)).toBeUndefined()
    expect(changeEventSchema.safeParse(other).success).toBe(false)
  })
})
