import { formatChangeEvent } from '@freshet/wire'
import { LOAD_BODY_BYTES_MAX, BATCH_EVENTS_MAX, type LoadEvent } from './deliver.ts'
import type { Portion } from './in-flight.ts'
import { markerChange, lineChange, type MarkerKind, type LoadPlan } from './load-plan.ts'
import { readRows, type LoadFormat } from './read-rows.ts'

/** Events that are sent in one request. */
export interface LoadBatch extends Portion {
  readonly events: readonly LoadEvent[]
}

/** The file of the lines, and the lines to leave out. */
export interface LoadFile {
  readonly path: string
  readonly format: LoadFormat
  readonly bad: ReadonlyMap<number, string>
}

/** The event that opens or ends the full statement, as a batch of its own. */
export function markerBatch(plan: LoadPlan, kind: MarkerKind, first: number): LoadBatch {
  const change = markerChange(plan, kind, BigInt(first))
  const event = { name: `The ${change.kind}`, json: JSON.stringify(formatChangeEvent(change)) }
  return { first, count: 1, events: [event] }
}

/** The events of the lines in batches, without the first `done`; the first line’s number is 1. */
export async function* lineBatches(
  plan: LoadPlan,
  { path, format, bad }: LoadFile,
  done: number,
): AsyncGenerator<LoadBatch> {
  let number = 0
  let bytes = 0
  let events: LoadEvent[] = []
  for await (const { line, row } of readRows(path, format)) {
    if (row === undefined || bad.has(line)) continue
    number += 1
    if (number < done) continue
    const change = lineChange(plan, row, { line, number: BigInt(number) })
    const json = JSON.stringify(formatChangeEvent(change))
    const size = Buffer.byteLength(json) + 1
    if (events.length === BATCH_EVENTS_MAX || bytes + size > LOAD_BODY_BYTES_MAX) {
      yield { first: number - events.length, count: events.length, events }
      events = []
      bytes = 0
    }
    events.push({ name: `Line ${line}`, json })
    bytes += size
  }
  if (events.length > 0) yield { first: number - events.length + 1, count: events.length, events }
}
