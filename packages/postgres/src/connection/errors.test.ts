import { FreshetError } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { endsConnection, isUniqueViolation, toDatabaseError } from './errors.ts'

function refused(code: string, more: object = {}): Error {
  return Object.assign(new Error('said by the server'), { code }, more)
}

describe('toFreshetError', () => {
  it.each([
    ['40001', 'database.serialization', 'retry'],
    ['40P01', 'database.serialization', 'retry'],
    ['55P03', 'database.timeout', 'retry'],
    ['57014', 'database.statement-timeout', 'retry'],
    ['08006', 'database.unavailable', 'retry'],
    ['57P01', 'database.unavailable', 'retry'],
    ['57P03', 'database.unavailable', 'retry'],
    ['25006', 'database.read-only', 'retry'],
    ['25P03', 'database.unavailable', 'retry'],
    ['25P04', 'database.unavailable', 'retry'],
    ['53100', 'database.exhausted', 'retry'],
    ['53300', 'database.exhausted', 'retry'],
    ['22P05', 'event.malformed', 'quarantine'],
    ['22P02', 'event.malformed', 'quarantine'],
    ['22021', 'event.malformed', 'quarantine'],
    ['42P01', 'database.migration', 'stop'],
    ['28P01', 'config.invalid', 'stop'],
    ['23502', 'invariant.broken', 'crash'],
    ['XX000', 'invariant.broken', 'crash'],
  ])('makes %s a %s, to %s', (state, code, disposition) => {
    expect(toDatabaseError(refused(state), 'a-statement')).toMatchObject({ code, disposition })
  })

  it('takes an error without SQLSTATE for a database that does not answer', () => {
    const error = toDatabaseError(refused('ECONNREFUSED'), 'a-statement')
    expect(error.code).toBe('database.unavailable')
    expect(error.message).toContain('a-statement')
  })

  it('keeps rows and values out of message, cause and stack', () => {
    const secret = 'payments-approvers'
    const thrown = refused('22P02', { detail: `Key (v)=(${secret})`, where: secret })
    thrown.message = `invalid input syntax for type json: "${secret}"`
    const error = toDatabaseError(thrown, 'a-statement')
    const text = JSON.stringify([error.message, error.stack, error.cause, String(error.cause)])
    expect(text).not.toContain(secret)
    expect((error.cause as Error).stack).not.toContain(secret)
  })

  it('passes on an error that is ours already', () => {
    const error = new FreshetError('limit.reached', 'Enough.')
    expect(toDatabaseError(error, 'a-statement')).toBe(error)
  })
})

describe('isUniqueViolation', () => {
  it('names the key that was taken', () => {
    const error = toDatabaseError(refused('23505', { constraint: 'stamp_pkey' }), 'a-statement')
    expect(isUniqueViolation(error)).toBe(true)
    expect(isUniqueViolation(error, 'stamp_pkey')).toBe(true)
    expect(isUniqueViolation(error, 'other_pkey')).toBe(false)
  })

  it('is false for every other error', () => {
    expect(isUniqueViolation(toDatabaseError(refused('23502'), 'a-statement'))).toBe(false)
    expect(isUniqueViolation(refused('23505'))).toBe(false)
  })
})

describe('endsConnection', () => {
  it('keeps the connection after a lost race and drops it after a lost server', () => {
    expect(endsConnection(toDatabaseError(refused('40001'), 'x'))).toBe(false)
    expect(endsConnection(toDatabaseError(refused('57P01'), 'x'))).toBe(true)
    expect(endsConnection(toDatabaseError(refused('25006'), 'x'))).toBe(true)
    expect(endsConnection(new Error('anything'))).toBe(true)
  })
})
