import type { LogRecord } from '@freshet/wire'

/** The records of one partition, and the waits for more of them. */
export interface MemoryPartition {
  earliest(): bigint
  end(): bigint
  /** Returns whether a reader can be at the offset: from the earliest to the end, both included. */
  holds(offset: bigint): boolean
  slice(from: bigint, limit: number): readonly LogRecord[]
  append(records: readonly LogRecord[]): void
  truncate(toOffset: bigint): void
  dropBefore(offset: bigint): void
  clear(): void
  /** Returns a number that rises each time followers lose contact. */
  connection(): number
  reconnect(): void
  /** Resolves at the next change of the partition, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>
}

/** Creates an empty partition. */
export function memoryPartition(): MemoryPartition {
  let first = 0n
  let records: LogRecord[] = []
  let connection = 0
  const waiting = new Set<() => void>()
  const end = (): bigint => first + BigInt(records.length)
  const wake = (): void => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  const reset = (from: bigint, kept: LogRecord[]): void => {
    first = from
    records = kept
    wake()
  }
  const loseContact = (): void => {
    connection++
    wake()
  }
  return {
    earliest: () => first,
    end,
    holds: (offset) => offset >= first && offset <= end(),
    slice: (from, limit) => records.slice(Number(from - first), Number(from - first) + limit),
    append(added) {
      for (const record of added) records.push(record)
      wake()
    },
    truncate(toOffset) {
      connection++
      reset(first, records.slice(0, Math.max(0, Number(toOffset - first))))
    },
    dropBefore(offset) {
      const bounded = offset < end() ? offset : end()
      if (bounded > first) reset(bounded, records.slice(Number(bounded - first)))
    },
    clear() {
      connection++
      reset(0n, [])
    },
    connection: () => connection,
    reconnect: loseContact,
    changed: (signal) => nextChange(waiting, signal),
  }
}

function nextChange(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal.removeEventListener('abort', finish)
      waiting.delete(finish)
      resolve()
    }
    waiting.add(finish)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })
}
