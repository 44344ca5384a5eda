import {
  AuthenticationError,
  protocolErrorsCodesById,
  ResponseError,
  type metadataV12,
} from '@platformatic/kafka'
import { FreshetError, type ErrorCode } from '@freshet/protocol'

const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  OFFSET_OUT_OF_RANGE: 'broker.offset-lost',
  MESSAGE_TOO_LARGE: 'topic.mismatch',
  RECORD_LIST_TOO_LARGE: 'topic.mismatch',
  INVALID_RECORD: 'topic.mismatch',
  INVALID_TOPIC_EXCEPTION: 'topic.mismatch',
  TOPIC_AUTHORIZATION_FAILED: 'broker.denied',
  CLUSTER_AUTHORIZATION_FAILED: 'broker.denied',
  SASL_AUTHENTICATION_FAILED: 'broker.unauthenticated',
}

/** Returns the error of a code that a broker answered. */
export function brokerError(answered: number, attempt: string, cause?: unknown): FreshetError {
  const name = protocolErrorsCodesById[answered] ?? `error ${answered}`
  const code = BY_NAME[name] ?? 'broker.unavailable'
  return new FreshetError(code, `${attempt}: the broker answered ${name}.`, { cause })
}

/** Translates an error of the library. */
export function toBrokerError(error: unknown, attempt: string): FreshetError {
  const causes = causesOf(error)
  const ours = causes.find((cause) => cause instanceof FreshetError)
  if (ours !== undefined) return ours
  const answered = causes.find(isAnswered)?.apiCode
  if (answered !== undefined) return brokerError(answered, attempt, error)
  const isRefused = causes.some((cause) => cause instanceof AuthenticationError)
  const code = isRefused ? 'broker.unauthenticated' : 'broker.unavailable'
  return new FreshetError(code, `${attempt}: there is no connection to the broker.`, {
    cause: error,
  })
}

/** Returns the answer to a request for metadata that has the error of a topic in it. */
export function metadataBehind(error: unknown): metadataV12.MetadataResponse {
  if (error instanceof ResponseError) return error['response'] as metadataV12.MetadataResponse
  throw error
}

/** An error, its causes and the errors that it gathers. */
function causesOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error)) return []
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return [error, ...causesOf(error.cause), ...inner.flatMap(causesOf)]
}

function isAnswered(error: unknown): error is { readonly apiCode: number } {
  return typeof (error as { readonly apiCode?: unknown }).apiCode === 'number'
}
