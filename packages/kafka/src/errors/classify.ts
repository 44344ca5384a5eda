import { FreshetError, type ErrorCode } from '@freshet/protocol'
import { causesOf, type LibraryError } from './library-error.ts'
import { LeaderUnreachable } from './leader-unreachable.ts'
import { deniedText, type Login, refusedText } from './login.ts'
import { BROKER_WANTS_SASL } from '../client/sockets.ts'
import { tlsReason } from './tls-reason.ts'

/** Answers of brokers that need their own code or text. Any other answer becomes `broker.unavailable`. */
const byType: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  OFFSET_OUT_OF_RANGE: ['broker.offset-lost', 'the position does not exist in the topic'],
  MESSAGE_TOO_LARGE: ['topic.mismatch', 'the batch is above max.message.bytes of the topic'],
  RECORD_LIST_TOO_LARGE: ['topic.mismatch', 'the batch is above segment.bytes of the topic'],
  INVALID_RECORD: ['topic.mismatch', 'the topic refuses records of this form'],
  INVALID_TIMESTAMP: ['topic.mismatch', 'the topic judges record times; LogAppendTime is planned'],
  INVALID_TOPIC_EXCEPTION: ['topic.mismatch', 'the name is not a legal topic name'],
  UNKNOWN_TOPIC_OR_PARTITION: ['broker.unavailable', 'the broker does not know the topic'],
  NOT_LEADER_FOR_PARTITION: ['broker.unavailable', 'the partition has another leader'],
  LEADER_NOT_AVAILABLE: ['broker.unavailable', 'the partition has no leader'],
  NOT_ENOUGH_REPLICAS: ['broker.unavailable', 'too few replicas are in sync'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: ['broker.unavailable', 'too few replicas are in sync'],
}

const DENIED = /^(?:TOPIC|CLUSTER|GROUP)_AUTHORIZATION_FAILED$/
const UNAUTHENTICATED: readonly string[] = [
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]

const CONTROLLER_TEXT =
  'the address answers, but not as a broker; name the listener of a broker, not of a controller'

/**
 * Translates any error of the client library, once, at the border to the library. The reason of a client that got
 * no token is the error of the function that returns tokens.
 *
 * The message has the attempt, the reason of the failure and the next step. It names an address only if TLS
 * fails on that address. The cause has the other facts. `login` has the identity of the client.
 */
export function toBrokerError(error: unknown, attempt: string, login: Login = {}): FreshetError {
  if (error instanceof FreshetError) return error
  const [code, reason] = classify(causesOf(error), attempt, login)
  return new FreshetError(code, `${attempt}: ${reason}.`, { cause: error })
}

type Classified = readonly [ErrorCode, string]

function classify(causes: readonly LibraryError[], attempt: string, login: Login): Classified {
  const ours = causes.find((cause) => cause instanceof FreshetError)
  if (ours !== undefined) return [ours.code, ours.message.replace(/\.$/, '')]
  const type = causes.find((cause) => cause.type !== undefined)?.type
  const names = causes.map((cause) => cause.name ?? '')
  if (type !== undefined) return ofType(type, attempt, login)
  const tls = tlsReason(causes)
  if (tls !== undefined) return ['broker.tls', tls]
  if (names.includes('KafkaJSServerDoesNotSupportApiKey'))
    return ['config.invalid', CONTROLLER_TEXT]
  if (names.includes('KafkaJSSASLAuthenticationError')) return unauthenticated(causes, login)
  if (causes.some(({ code }) => code === BROKER_WANTS_SASL)) return unauthenticated(causes, login)
  if (names.includes('KafkaJSRequestTimeoutError')) {
    return ['broker.unavailable', 'the broker did not answer in time']
  }
  const unreachable = causes.find(({ name }) => name === LeaderUnreachable.name)?.message
  return unreachable !== undefined || causes.some(isTransport)
    ? ['broker.unavailable', unreachable ?? 'there is no connection to the broker']
    : ['invariant.broken', 'the client failed with an unexpected error']
}

function ofType(type: string, attempt: string, login: Login): Classified {
  if (DENIED.test(type)) return ['broker.denied', deniedText(attempt, login)]
  if (UNAUTHENTICATED.includes(type)) {
    return ['broker.unauthenticated', refusedText(login, type === 'UNSUPPORTED_SASL_MECHANISM')]
  }
  return byType[type] ?? ['broker.unavailable', `the broker answered ${type}`]
}

function unauthenticated(causes: readonly LibraryError[], login: Login): Classified {
  const isMechanism = causes.some(({ message }) => message?.includes('is not supported by'))
  return ['broker.unauthenticated', refusedText(login, isMechanism)]
}

/** Returns whether an error is one of the library, or a system error such as ECONNRESET. */
function isTransport(error: LibraryError): boolean {
  if (error.name?.startsWith('KafkaJS')) return true
  if (error.message === 'Broker not connected') return true
  return typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)
}
