import type { WireChange, WireChangeEvent } from './change-schema.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { isDecimal, isName, isObject, isText, isTime } from '../json/plain-values.ts'
import { LENGTHS, VALUES_MAX, type WireScalar } from '../json/wire-types.ts'

const plainVersion = /^(?:\d{1,18}\.)?\d{1,18}$/
const plainValue = /^[^\0\ud800-\udfff]*$/

/**
 * Returns the data of a change if it plainly is a claim change that the schema accepts, as nearly all are.
 * Returns `undefined` in any doubt; then the schema decides, and it alone refuses.
 */
export function plainChange(data: unknown): WireChange | undefined {
  if (!isObject(data) || 'critical' in data || 'settles' in data || 'found' in data)
    return undefined
  const { op, subject, claim, value, sequence, onBehalfOf } = data
  if (!isPlainOrigin(data) || !isName(claim, LENGTHS.claim) || !isPlainSubject(subject))
    return undefined
  const members = {
    tenant: data['tenant'],
    sourceVersion: data['sourceVersion'],
    ...(sequence === undefined ? {} : { sequence }),
    occurredAt: data['occurredAt'],
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    subject,
    claim,
    op,
  }
  if (op === 'clear') return members as WireChange
  if (op !== 'set' && op !== 'add' && op !== 'remove') return undefined
  return isPlainValues(value) ? ({ ...members, value } as WireChange) : undefined
}

/** Returns the same for the whole event, as sources send it. */
export function plainChangeEvent(
  json: unknown,
): Pick<WireChangeEvent, 'id' | 'source' | 'traceparent' | 'data'> | undefined {
  if (!isObject(json) || !isPlainEnvelope(json)) return undefined
  const { id, source, traceparent } = json
  if (!isText(id, LENGTHS.event) || !isName(source, LENGTHS.source)) return undefined
  const data = plainChange(json['data'])
  if (data === undefined) return undefined
  if (traceparent === undefined) return { id, source, data }
  return isText(traceparent, LENGTHS.trace) ? { id, source, traceparent, data } : undefined
}

type Members = Readonly<Record<string, unknown>>

/** No JSON gives a member that is present without a value. */
function isPlainEnvelope(json: Members): boolean {
  const { specversion, type, time, datacontenttype } = json
  return (
    specversion === '1.0' &&
    type === EVENT_TYPES.change &&
    (time === undefined ? !('time' in json) : isTime(time)) &&
    (datacontenttype === undefined
      ? !('datacontenttype' in json)
      : datacontenttype === 'application/json') &&
    (json['traceparent'] !== undefined || !('traceparent' in json))
  )
}

function isPlainOrigin(data: Members): boolean {
  const { tenant, sourceVersion, sequence, occurredAt, onBehalfOf } = data
  return (
    isName(tenant, LENGTHS.tenant) &&
    typeof sourceVersion === 'string' &&
    plainVersion.test(sourceVersion) &&
    (sequence === undefined ? !('sequence' in data) : isDecimal(sequence)) &&
    isTime(occurredAt) &&
    (onBehalfOf === undefined ? !('onBehalfOf' in data) : isName(onBehalfOf, LENGTHS.source))
  )
}

function isPlainSubject(subject: unknown): boolean {
  if (!isObject(subject) || Object.keys(subject).length !== 3) return false
  const { format, iss, sub } = subject
  return format === 'iss_sub' && isText(iss, LENGTHS.id) && isText(sub, LENGTHS.id)
}

/** Returns whether this is a list of some values, as sources write it. */
function isPlainValues(value: unknown): value is readonly WireScalar[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > VALUES_MAX) return false
  return value.every(isPlainValue)
}

function isPlainValue(value: unknown): value is WireScalar {
  if (typeof value !== 'string') return typeof value === 'boolean' || Number.isFinite(value)
  return value.length <= LENGTHS.value && plainValue.test(value)
}
