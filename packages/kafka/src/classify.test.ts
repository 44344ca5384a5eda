import { FreshetError } from '@freshet/domain'
import { expect, test } from 'vitest'
import { toFreshetError } from './classify.ts'

/** An error as the library throws it, wrapped as its retries wrap it. */
function thrown(members: {
  readonly name?: string
  readonly type?: string
  readonly code?: string
}) {
  const inner = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:9092'), members)
  const outer = new Error('wrapped 10.1.2.3:9092', { cause: inner })
  outer.name = 'KafkaJSNonRetriableError'
  return outer
}

test.each([
  [{ type: 'OFFSET_OUT_OF_RANGE' }, 'broker.offset-lost'],
  [{ type: 'MESSAGE_TOO_LARGE' }, 'topic.mismatch'],
  [{ type: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'broker.unavailable'],
  [{ type: 'NOT_LEADER_FOR_PARTITION' }, 'broker.unavailable'],
  [{ type: 'NOT_ENOUGH_REPLICAS' }, 'broker.unavailable'],
  [{ type: 'SOMETHING_NEW' }, 'broker.unavailable'],
  [{ type: 'SASL_AUTHENTICATION_FAILED' }, 'config.invalid'],
  [{ name: 'KafkaJSServerDoesNotSupportApiKey' }, 'config.invalid'],
  [{ name: 'KafkaJSRequestTimeoutError' }, 'broker.unavailable'],
  [{ name: 'KafkaJSConnectionError' }, 'broker.unavailable'],
  [{ code: 'ECONNRESET' }, 'broker.unavailable'],
] as const)('%o of the library becomes %s and names no address', (members, code) => {
  const error = toFreshetError(thrown(members), 'Append to t/0')
  expect(error.code).toBe(code)
  expect(error.message).toMatch(/^Append to t\/0: .+\.$/)
  expect(error.message).not.toContain('10.1.2.3')
  expect(error.cause).toBeInstanceOf(Error)
})

test('a controller that was taken for a broker is named in words that help', () => {
  const error = toFreshetError(thrown({ name: 'KafkaJSServerDoesNotSupportApiKey' }), 'Connect')
  expect(error.message).toContain('listener of a broker, not of a controller')
})

test('an error that is not of the transport is a crash, never waited out', () => {
  expect(toFreshetError(new TypeError('x is undefined'), 'Read').disposition).toBe('crash')
  expect(toFreshetError('text', 'Read').disposition).toBe('crash')
})

test('an error that was classified stays as it is', () => {
  const error = new FreshetError('limit.reached', 'Too many.')
  expect(toFreshetError(error, 'Append')).toBe(error)
})
