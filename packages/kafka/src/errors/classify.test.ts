import { FreshetError } from '@freshet/protocol'
import { expect, test } from 'vitest'
import { toBrokerError } from './classify.ts'
import { LeaderUnreachable } from './leader-unreachable.ts'

/** Returns an error as the library throws it, wrapped as its retries wrap it. */
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
  [{ type: 'SASL_AUTHENTICATION_FAILED' }, 'broker.unauthenticated'],
  [{ type: 'UNSUPPORTED_SASL_MECHANISM' }, 'broker.unauthenticated'],
  [{ name: 'KafkaJSSASLAuthenticationError' }, 'broker.unauthenticated'],
  [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'broker.denied'],
  [{ type: 'CLUSTER_AUTHORIZATION_FAILED' }, 'broker.denied'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'broker.tls'],
  [{ code: 'ERR_SSL_SOMETHING_NEW' }, 'broker.tls'],
  [{ name: 'KafkaJSServerDoesNotSupportApiKey' }, 'config.invalid'],
  [{ name: 'KafkaJSRequestTimeoutError' }, 'broker.unavailable'],
  [{ name: 'KafkaJSConnectionError' }, 'broker.unavailable'],
  [{ code: 'ECONNRESET' }, 'broker.unavailable'],
] as const)('%o of the library becomes %s and names no address', (members, code) => {
  const error = toBrokerError(thrown(members), 'Append to t/0')
  expect(error.code).toBe(code)
  expect(error.message).toMatch(/^Append to t\/0: .+\.$/)
  expect(error.message).not.toContain('10.1.2.3')
  expect(error.cause).toBeInstanceOf(Error)
})

test('a controller that was taken for a broker is named in a text that helps', () => {
  const error = toBrokerError(thrown({ name: 'KafkaJSServerDoesNotSupportApiKey' }), 'Connect')
  expect(error.message).toContain('listener of a broker, not of a controller')
})

test('an error that is not of the transport is a crash, never waited out', () => {
  expect(toBrokerError(new TypeError('x is undefined'), 'Read').disposition).toBe('crash')
  expect(toBrokerError('text', 'Read').disposition).toBe('crash')
})

test('an error that was classified stays as it is', () => {
  const error = new FreshetError('limit.reached', 'Too many.')
  expect(toBrokerError(error, 'Append')).toBe(error)
})

const sasl = { mechanism: 'scram-sha-512', username: 'edge', password: 'hush' } as const

test('a denied attempt names topic, principal and rights', () => {
  const error = toBrokerError(thrown({ type: 'TOPIC_AUTHORIZATION_FAILED' }), 'Append to t', {
    sasl,
  })
  expect(error.message).toContain(
    'Append to t: the broker denies it to User:edge, which needs Write',
  )
  expect(error.message).toContain('freshet topic plan -o acl')
})

test('credentials that are refused name the user and never the password', () => {
  const error = toBrokerError(thrown({ type: 'SASL_AUTHENTICATION_FAILED' }), 'Append to t', {
    sasl,
  })
  expect(error.message).toContain('user edge by scram-sha-512')
  expect(error.message).not.toContain('hush')
})

test.each([
  [
    "Host: k1.example. is not in the cert's altnames: DNS:kafka.example",
    'DNS:kafka.example, not for k1.example.',
  ],
  ["Host: k1.example. is not cert's CN: broker", 'broker, not for k1.example.'],
  ["IP: 10.0.0.1 is not in the cert's list: 127.0.0.1", '127.0.0.1, not for 10.0.0.1.'],
])('a certificate for another name names both names, and the broker: %s', (reason, names) => {
  const text = `Connection error: Hostname/IP does not match certificate's altnames: ${reason}`
  const code = 'ERR_TLS_CERT_ALTNAME_INVALID'
  const broker = 'k1.example:9093'
  const failed = Object.assign(new Error(text), { name: 'KafkaJSConnectionError', code, broker })
  const { message } = toBrokerError(new Error('wrapped', { cause: failed }), 'Follow t')
  expect(message).toContain('TLS with k1.example:9093 fails')
  expect(message).toContain(`its certificate is for ${names}`)
})

test('the first reason counts if several topics could not be created', () => {
  const denied = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' })
  const all = Object.assign(new Error('several'), {
    name: 'KafkaJSAggregateError',
    errors: [denied],
  })
  expect(toBrokerError(all, 'Create t').code).toBe('broker.denied')
})

test('a leader that is silent is waited for, also where no error of the library is at hand', () => {
  const found = toBrokerError(new LeaderUnreachable('changes', 3), 'Append to changes')
  expect(found).toMatchObject({ code: 'broker.unavailable', disposition: 'retry' })
  expect(found.message).toContain('the leader of changes/3')
})
