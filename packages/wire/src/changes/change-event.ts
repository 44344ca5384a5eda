import { invariant, type Change } from '@freshet/protocol'
import { changeOf, dataOf } from './change-data.ts'
import { changeEventSchema, epochBodySchema, heartbeatBodySchema } from './change-schema.ts'
import { EventError } from './event-error.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { plainChangeEvent } from './plain-change.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { parseTraceparent } from '../log/traceparent.ts'
import { checkShape } from '../json/wire-problems.ts'

/** A change, with the trace context that its producer sent. */
export interface ChangeEnvelope {
  readonly change: Change
  readonly traceparent?: string
}

/** The body of a request for a new epoch; the source itself is the signer. */
export interface EpochBody {
  readonly tenant: string
}

/** The body of a source's heartbeat; the source itself is the signer. */
export interface HeartbeatBody {
  readonly tenant: string
  readonly throughMs: number
  /** The last number of a dense source; absent if the gateway numbers. */
  readonly sequence?: bigint
  /** The epoch of the process that sends it, for a source that began one. */
  readonly epoch?: bigint
  /** Text that the source gets back when it begins its next epoch. */
  readonly cursor?: string
  /** The time of sending by the clock of the source, where `throughMs` is earlier by design. */
  readonly sentMs?: number
}

/**
 * Reads a change in the structured mode of CloudEvents, from JSON that {@link parseJson} made. Unknown
 * members are ignored; an unknown op, scope or `critical` name is refused. An invalid trace context is left
 * out.
 *
 * @throws `event.malformed` (an {@link EventError}) with every JSON pointer and rule
 */
export function parseChangeEvent(json: unknown): ChangeEnvelope {
  const { id, source, traceparent, data } =
    plainChangeEvent(json) ?? checkShape(changeEventSchema, json)
  const change = below('/data', () => changeOf(data, { id, source }))
  if (traceparent === undefined || !parseTraceparent(traceparent)) return { change }
  return { change, traceparent }
}

/** Reports problems of a member by pointers from the root of the event. */
export function below<T>(pointer: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    const errors = error.errors.map((problem) => ({
      pointer: pointer + problem.pointer,
      rule: problem.rule,
    }))
    throw new EventError(errors, { cause: error })
  }
}

/** Returns the structured JSON of a change; {@link parseChangeEvent} is its inverse. */
export function formatChangeEvent(change: Change): unknown {
  return {
    specversion: '1.0',
    id: change.id,
    source: change.source,
    type: EVENT_TYPES.change,
    time: formatRfc3339(change.occurredAtMs),
    datacontenttype: 'application/json',
    data: dataOf(change),
  }
}

/** Reads the body of `POST /v1/heartbeats`. @throws `event.malformed` (an {@link EventError}) */
export function parseHeartbeat(json: unknown): HeartbeatBody {
  const { tenant, through, sequence, epoch, cursor, sent } = checkShape(heartbeatBodySchema, json)
  return {
    tenant,
    throughMs: timeOf(through),
    ...(sequence !== undefined && { sequence: BigInt(sequence) }),
    ...(epoch !== undefined && { epoch: BigInt(epoch) }),
    ...(cursor !== undefined && { cursor }),
    ...(sent !== undefined && { sentMs: timeOf(sent) }),
  }
}

/** Reads the body of `POST /v1/sources/{source}/epochs`. @throws `event.malformed` with every JSON pointer and rule */
export function parseEpoch(json: unknown): EpochBody {
  return checkShape(epochBodySchema, json)
}

function timeOf(text: string): number {
  const ms = parseRfc3339(text)
  invariant(ms !== undefined, 'the schema let a time through that is none')
  return ms
}
