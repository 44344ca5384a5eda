import { dispositionOf } from '@freshet/protocol'
import {
  AUDIT_TOPIC,
  QUARANTINE_TOPIC,
  QueueFloor,
  type LogWriter,
  type Timer,
} from '@freshet/wire'
import type { Rest } from '../quiet-rests.ts'
import type { ForwardRow, ForwardStore } from './publisher-store.ts'

const FORWARDED_TOPICS = [QUARANTINE_TOPIC, AUDIT_TOPIC]
const ROWS_PER_TURN_MAX = 500
/** No process waits for these records, so an idle forwarder reads rarely. */
export const FORWARD_IDLE_MS = 1_000
const TROUBLE_MS = 1_000

/** The dependencies of forwarding. */
export interface ForwarderParts {
  readonly store: ForwardStore
  readonly writer: LogWriter
  readonly timer: Timer
  /** Lets one process at a time forward. Absent: there is no other process. */
  readonly alone?: ForwardTurn
  /** The rest after a turn that found no row. Absent: it sleeps. */
  readonly rest?: Rest
  onTrouble(error: unknown): void
}

/** Runs work unless another process does such work; resolves with `undefined` then. */
export type ForwardTurn = <T>(work: () => Promise<T>) => Promise<T | undefined>

/**
 * Sends the outbox rows of the quarantine and of the audit until the signal aborts. Any number of processes
 * can run it: one forwards at a time. Rows are sent at least once, because a crash between the
 * acknowledgement and the removal sends a row again.
 */
export async function runForwarder(parts: ForwarderParts, signal: AbortSignal): Promise<void> {
  const floors = forwardFloors(parts.timer)
  const sleep: Rest = (ms) => parts.timer.sleep(ms, signal)
  while (!signal.aborted) {
    const count = await forwardOnce(parts, floors).catch((error: unknown) => {
      if (dispositionOf(error) === 'crash') throw error
      parts.onTrouble(error)
      return undefined
    })
    // Another process that looked during a turn with rows left its own rows to the next turn here.
    const rest = count === 0 ? (parts.rest ?? sleep) : sleep
    await rest(restMs(count), signal)
  }
}

function restMs(count: number | undefined): number {
  if (count === undefined) return TROUBLE_MS
  return count === ROWS_PER_TURN_MAX ? 0 : FORWARD_IDLE_MS
}

/** The id from which the rows of each topic are read. */
export type ForwardFloors = ReadonlyMap<string, QueueFloor>

/**
 * Returns the floors of a forwarder that has just started. No process waits for its rows, so a row is allowed
 * to come late.
 */
export function forwardFloors(timer: Timer): ForwardFloors {
  return new Map(FORWARDED_TOPICS.map((topic) => [topic, new QueueFloor(timer)]))
}

/**
 * Takes one turn. Resolves with the largest number of rows that were sent of one topic, and with 0 while
 * another process forwards. `floors` are kept from turn to turn; without them it reads all rows that wait.
 */
export async function forwardOnce(
  parts: ForwarderParts,
  floors: ForwardFloors = forwardFloors(parts.timer),
): Promise<number> {
  const behind = new Map([...floors].map(([topic, floor]) => [topic, floor.next()]))
  if (!(await parts.store.waits(behind))) {
    for (const floor of floors.values()) floor.raise(0n)
    return 0
  }
  const forward = (): Promise<number> => forwardAll(parts, floors, behind)
  return (await (parts.alone ?? unshared)(forward)) ?? 0
}

const unshared: ForwardTurn = (work) => work()

async function forwardAll(
  parts: ForwarderParts,
  floors: ForwardFloors,
  behind: ReadonlyMap<string, bigint>,
): Promise<number> {
  // The topics take turns one after the other, however many rows of another wait.
  const counts: number[] = []
  for (const [topic, floor] of floors) {
    const last = await forwardTopic(parts, topic, behind.get(topic) ?? 0n)
    floor.raise(last.id)
    counts.push(last.count)
  }
  return Math.max(...counts)
}

async function forwardTopic(
  { store, writer }: ForwarderParts,
  topic: string,
  after: bigint,
): Promise<{ readonly count: number; readonly id: bigint }> {
  const rows = await store.pending(topic, after, ROWS_PER_TURN_MAX)
  for (const [partition, some] of byPartition(rows)) {
    const { baseOffset } = await writer.append(
      topic,
      partition,
      some.map(({ record }) => record),
    )
    await store.remove(some.map((row, n) => ({ row, offset: baseOffset + BigInt(n) })))
  }
  return { count: rows.length, id: rows.at(-1)?.id ?? 0n }
}

function byPartition(rows: readonly ForwardRow[]): ReadonlyMap<number, readonly ForwardRow[]> {
  const grouped = new Map<number, ForwardRow[]>()
  for (const row of rows) {
    const group = grouped.get(row.partition)
    if (group) group.push(row)
    else grouped.set(row.partition, [row])
  }
  return grouped
}
