import { FreshetError } from '@freshet/protocol'
import type { Appended, LogRecord, LogWriter, OutgoingRecord } from '@freshet/wire'

/**
 * The outcome of an append: `lost` and `landed` both reject, and only the second is in the log; `late`
 * rejects and lands when the test lets it.
 */
export type AppendFate = 'lost' | 'landed' | 'late'

/** A broker of which a test decides what becomes of each append. */
export interface PlannedWriter extends LogWriter {
  /** The fates of the next appends, in order; after them all succeed. */
  plan(...fates: readonly AppendFate[]): void
  /** Until it is called with `false`, every append is lost. */
  away(isAway: boolean): void
  /** The next append waits, in flight, until the returned function is called. */
  hold(): { readonly reached: Promise<void>; readonly release: () => void }
  /** Appends what was late, in the order of sending. */
  landLate(): void
  /** Returns the records of a partition. */
  records(partition: number): readonly LogRecord[]
}

/** Makes an empty one; `nowMs` gives the time of append. */
export function plannedWriter(nowMs: () => number): PlannedWriter {
  const log = new Map<number, LogRecord[]>()
  const fates: AppendFate[] = []
  const late: (() => void)[] = []
  const held: { reach: () => void; released: Promise<void> }[] = []
  let isAway = false
  const land = (topic: string, partition: number, records: readonly OutgoingRecord[]): Appended => {
    const there = log.get(partition) ?? []
    log.set(partition, there)
    const appended = { baseOffset: BigInt(there.length), appendedAtMs: nowMs() }
    for (const record of records) {
      const { appendedAtMs } = appended
      there.push({ ...record, topic, partition, offset: BigInt(there.length), appendedAtMs })
    }
    return appended
  }
  return {
    async append(topic, partition, records) {
      const hold = held.shift()
      hold?.reach()
      await hold?.released
      const fate = isAway ? 'lost' : fates.shift()
      if (fate === undefined) return land(topic, partition, records)
      if (fate === 'landed') land(topic, partition, records)
      if (fate === 'late') late.push(() => land(topic, partition, records))
      throw new FreshetError('broker.unavailable', `Planned: ${fate}.`)
    },
    plan: (...next) => void fates.push(...next),
    away: (is) => void (isAway = is),
    hold() {
      const [reached, reach] = gate()
      const [released, release] = gate()
      held.push({ reach, released })
      return { reached, release }
    },
    landLate: () => late.splice(0).forEach((append) => append()),
    records: (partition) => log.get(partition) ?? [],
  }
}

function gate(): readonly [Promise<void>, () => void] {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return [opened, () => open()]
}
