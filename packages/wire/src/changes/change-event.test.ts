import { describe, expect, it } from 'vitest'
import { parseChangeEvent, parseHeartbeat } from './change-event.ts'
import { encodeChange } from './change-record.ts'
import { parseSetChange } from './change-set.ts'
import { EventError } from './event-error.ts'

const data = {
  tenant: 'acme',
  subject: { format: 'iss_sub', iss: 'https://idp.acme.example', sub: 'alice' },
  claim: 'groups',
  op: 'remove',
  value: ['payments-approvers'],
  sourceVersion: '1764000000120',
  occurredAt: '2026-11-24T10:00:00.120Z',
}
const event = {
  specversion: '1.0',
  id: 'hr-000000000042',
  source: 'hr',
  type: 'dev.freshet.change.v1',
  data,
}

function problemsOf(read: () => unknown): readonly { pointer: string }[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof EventError) return error.errors
    throw error
  }
}

describe('a change in CloudEvents JSON', () => {
  it('may name one value without a list, and unknown members', () => {
    const { change } = parseChangeEvent({
      ...event,
      extra: 1,
      data: { ...data, value: 'a', colour: 'x' },
    })
    expect(change).toMatchObject({ values: ['a'] })
  })

  it.each([
    ['/specversion', { ...event, specversion: '0.3' }],
    ['/type', { ...event, type: 'dev.freshet.change.v2' }],
    ['/datacontenttype', { ...event, datacontenttype: 'text/xml' }],
    ['/id', { ...event, id: '' }],
    ['/data/op', { ...event, data: { ...data, op: 'toggle' } }],
    ['/data/value', { ...event, data: { ...data, value: [] } }],
    ['/data/value', { ...event, data: { ...data, value: null } }],
    ['/data/claim', { ...event, data: { ...data, claim: '__proto__' } }],
    [
      '/data/subject/sub',
      { ...event, data: { ...data, subject: { ...data.subject, sub: 'a\u0000b' } } },
    ],
    ['/data/sourceVersion', { ...event, data: { ...data, sourceVersion: '-1' } }],
    ['/data/occurredAt', { ...event, data: { ...data, occurredAt: '2026-02-30T00:00:00Z' } }],
    ['/data/critical', { ...event, data: { ...data, critical: ['unless'] } }],
    ['/data/scope', { ...event, data: { ...data, op: 'deny', scope: 'planet', target: 'x' } }],
    [
      '/data/target',
      { ...event, data: { ...data, op: 'cut-off', scope: 'tenant', target: 'other' } },
    ],
  ])('is refused at %s', (pointer, json) => {
    expect(problemsOf(() => parseChangeEvent(json)).map((each) => each.pointer)).toContain(pointer)
  })

  it('is refused with every place that is wrong', () => {
    const json = { ...event, id: 7, data: { ...data, tenant: '', sourceVersion: 1 } }
    const places = new Set(problemsOf(() => parseChangeEvent(json)).map((each) => each.pointer))
    expect([...places]).toEqual(['/id', '/data/tenant', '/data/sourceVersion'])
  })
})

describe('the body of a heartbeat', () => {
  it('is read with and without a sequence', () => {
    const body = { tenant: 'acme', through: '2026-11-24T10:00:01.000Z' }
    expect(parseHeartbeat(body)).toEqual({
      tenant: 'acme',
      throughMs: Date.UTC(2026, 10, 24, 10, 0, 1),
    })
    expect(parseHeartbeat({ ...body, sequence: '42' })).toHaveProperty('sequence', 42n)
    expect(problemsOf(() => parseHeartbeat({ ...body, sequence: 42 }))).toMatchObject([
      { pointer: '/sequence' },
    ])
  })
})

describe('a SET from a source', () => {
  const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
  const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
  const set = (uri: string, members: object = {}, rest: object = {}): object => ({
    iss: 'hr',
    jti: 'set-1',
    iat: 1_764_000_001,
    sub_id: data.subject,
    events: { [uri]: { event_timestamp: 1_764_000_000, ...members } },
    freshet: { tenant: 'acme', sourceVersion: '5' },
    ...rest,
  })

  it('states the whole of one claim', () => {
    const { change } = parseSetChange(
      set(`${caep}token-claims-change`, { claims: { groups: ['staff'] } }),
    )
    expect(change).toMatchObject({
      kind: 'claim',
      op: 'set',
      claim: 'groups',
      values: ['staff'],
      source: 'hr',
      id: 'set-1',
      occurredAtMs: 1_764_000_000_000,
    })
  })

  it.each([
    [`${risc}account-disabled`, 'disabled'],
    [`${risc}account-enabled`, 'enabled'],
    [`${risc}account-purged`, 'deleted'],
    [`${caep}session-revoked`, 'sessions-revoked'],
    [`${risc}sessions-revoked`, 'sessions-revoked'],
    [`${caep}credential-change`, 'credential-changed'],
    [`${risc}credential-compromise`, 'credential-compromised'],
  ])('with %s is the account event %s', (uri, op) => {
    expect(parseSetChange(set(uri)).change).toMatchObject({ kind: 'account', op })
  })

  it('that revokes the session of a token denies it (rule 23)', () => {
    const json = set(
      `${caep}session-revoked`,
      {},
      { sub_id: { format: 'jwt_id', iss: 'https://t', jti: 'at-1' } },
    )
    expect(parseSetChange(json).change).toMatchObject({
      kind: 'deny',
      scope: 'token',
      target: 'at-1',
    })
  })

  it.each([
    [
      'two events',
      set(
        `${risc}account-disabled`,
        {},
        { events: { [`${risc}account-disabled`]: {}, [`${caep}session-revoked`]: {} } },
      ),
    ],
    ['an event that is not mapped', set(`${caep}assurance-level-change`)],
    ['two claims', set(`${caep}token-claims-change`, { claims: { a: 'x', b: 'y' } })],
    ['the claim sub', set(`${risc}account-disabled`, {}, { sub: 'alice' })],
    ['the claim exp', set(`${risc}account-disabled`, {}, { exp: 1 })],
    ['no version', set(`${risc}account-disabled`, {}, { freshet: { tenant: 'acme' } })],
  ])('is refused with %s', (_, json) => {
    expect(problemsOf(() => parseSetChange(json)).length).toBeGreaterThan(0)
  })
})

it('a record of a change has the key of its subject', () => {
  const { change } = parseChangeEvent(event)
  expect(Buffer.from(encodeChange(change).key ?? []).toString()).toBe(
    '["acme","https://idp.acme.example","alice"]',
  )
})
