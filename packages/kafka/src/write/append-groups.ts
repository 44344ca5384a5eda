import { FreshetError, invariant } from '@freshet/protocol'
import type { Appended, LogWriter, OutgoingRecord } from '@freshet/wire'
import { recordsBytes } from '../protocol/encode-batch.ts'

/** The limits of the calls that wait for one partition, and of those that share a request. */
export interface GroupLimits {
  /** The most calls that wait. More calls are a sign that callers do not wait for answers. */
  readonly callsMax: number
  /** The most bytes that wait. One call is always admitted. */
  readonly bytesMax: number
  /** The most records of one request with several calls. */
  readonly sharedRecordsMax: number
  /** The most bytes of one request with several calls. A topic accepts four times as much. */
  readonly sharedBytesMax: number
}

export const GROUP_LIMITS: GroupLimits = {
  callsMax: 1_024,
  bytesMax: 4 * 1024 * 1024,
  sharedRecordsMax: 500,
  sharedBytesMax: 256 * 1024,
}

interface Call {
  readonly records: readonly OutgoingRecord[]
  readonly bytes: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** The calls that wait for one partition while a request is in flight. */
interface Line {
  readonly topic: string
  readonly partition: number
  readonly calls: Call[]
  bytes: number
}

/**
 * Appends with one request in flight for each partition. With two, the broker could append them in either
 * order when the first is sent again. Calls that wait in the meantime share the next request, in their order.
 * Each gets its own offset. If a request fails, its outcome is unknown for all calls that share it. If the
 * topic refused the request, none of its records was appended, and each call is sent alone.
 */
export function appendGroups(
  send: LogWriter['append'],
  limits: GroupLimits = GROUP_LIMITS,
): LogWriter['append'] {
  const lines = new Map<string, Line>()
  const drain = async (key: string, line: Line): Promise<void> => {
    while (line.calls.length > 0) await settle(send, line, takeGroup(line, limits))
    lines.delete(key)
  }
  return async (topic, partition, records) => {
    const key = `${topic}/${partition}`
    invariant(records.length > 0, `An append to ${key} must hold a record.`)
    const known = lines.get(key)
    const line = known ?? { topic, partition, calls: [], bytes: 0 }
    const bytes = recordsBytes(records)
    const isFull = line.calls.length >= limits.callsMax || line.bytes + bytes > limits.bytesMax
    if (isFull && line.calls.length > 0) throw tooMany(key, line)
    return await new Promise((resolve, reject) => {
      line.calls.push({ records, bytes, resolve, reject })
      line.bytes += bytes
      if (known !== undefined) return
      lines.set(key, line)
      void drain(key, line)
    })
  }
}

function takeGroup(line: Line, limits: GroupLimits): readonly Call[] {
  let [records, bytes, count] = [0, 0, 0]
  for (const call of line.calls) {
    records += call.records.length
    bytes += call.bytes
    const isTooLarge = records > limits.sharedRecordsMax || bytes > limits.sharedBytesMax
    if (isTooLarge && count > 0) break
    count += 1
  }
  const group = line.calls.splice(0, count)
  for (const call of group) line.bytes -= call.bytes
  return group
}

async function settle(
  send: LogWriter['append'],
  line: Line,
  group: readonly Call[],
): Promise<void> {
  const { topic, partition } = line
  const records = group.flatMap((call) => call.records)
  try {
    const { baseOffset, appendedAtMs } = await send(topic, partition, records)
    let next = baseOffset
    for (const call of group) {
      call.resolve({ baseOffset: next, appendedAtMs })
      next += BigInt(call.records.length)
    }
  } catch (error) {
    if (group.length > 1 && isRefused(error)) {
      for (const call of group) await settle(send, line, [call])
      return
    }
    for (const call of group) call.reject(error)
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof FreshetError && error.code === 'topic.mismatch'
}

function tooMany(key: string, { calls, bytes }: Line): FreshetError {
  const text = `${calls.length} appends of ${bytes} bytes wait for ${key}: no further append is accepted.`
  return new FreshetError('limit.reached', text)
}
