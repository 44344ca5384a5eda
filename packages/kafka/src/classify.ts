import { FreshetError, type ErrorCode } from '@freshet/domain'

/** What the library tells about a failure; every member may be absent. */
interface LibraryError {
  readonly name?: string
  readonly message?: string
  readonly type?: string
  readonly code?: unknown
  readonly cause?: unknown
}

const CAUSES_MAX = 5

/** Broker answers that call for another code than `broker.unavailable`. */
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
  TOPIC_AUTHORIZATION_FAILED: ['broker.unavailable', 'the broker denies access to the topic'],
  SASL_AUTHENTICATION_FAILED: ['config.invalid', 'the broker refuses the credentials'],
}

const CONTROLLER_TEXT =
  'the address answers, but not as a broker; name the listener of a broker, not of a controller'

/**
 * Translates anything that the client library throws, once, at the border.
 *
 * The message says what was attempted and why it failed, without addresses; the cause has the rest.
 */
export function toFreshetError(error: unknown, attempt: string): FreshetError {
  if (error instanceof FreshetError) return error
  const [code, reason] = classify(causesOf(error))
  return new FreshetError(code, `${attempt}: ${reason}.`, { cause: error })
}

function classify(causes: readonly LibraryError[]): readonly [ErrorCode, string] {
  const type = causes.find((cause) => cause.type !== undefined)?.type
  if (type !== undefined) {
    return byType[type] ?? ['broker.unavailable', `the broker answered ${type}`]
  }
  const names = causes.map((cause) => cause.name ?? '')
  if (names.includes('KafkaJSServerDoesNotSupportApiKey'))
    return ['config.invalid', CONTROLLER_TEXT]
  if (names.includes('KafkaJSSASLAuthenticationError')) {
    return ['config.invalid', 'the broker refuses the credentials']
  }
  if (names.includes('KafkaJSRequestTimeoutError')) {
    return ['broker.unavailable', 'the broker did not answer in time']
  }
  return causes.some(isTransport)
    ? ['broker.unavailable', 'there is no connection to the broker']
    : ['invariant.broken', 'the client failed in a way that nobody foresaw']
}

/** Errors of the library, and system errors such as ECONNRESET. */
function isTransport(error: LibraryError): boolean {
  if (error.name?.startsWith('KafkaJS')) return true
  if (error.message === 'Broker not connected') return true
  return typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)
}

/** The library wraps what happened up to three times; the outermost name says least. */
function causesOf(error: unknown): readonly LibraryError[] {
  const causes: LibraryError[] = []
  let next = error
  while (typeof next === 'object' && next !== null && causes.length < CAUSES_MAX) {
    causes.push(next)
    next = (next as LibraryError).cause
  }
  return causes
}
