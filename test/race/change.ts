import { partitionOf, subjectKey, type Subject } from '@freshet/domain'
import { postgresRecorderStore } from '@freshet/postgres'
import { recordBatch, type RecordContext, type RecorderStore } from '@freshet/reconciler'
import { groupsChange, ManualClock, recordContext } from '@freshet/testkit'
import { registry, type RaceWorld } from './race-world.ts'

/** When a changer marks the tokens that its change made stale. */
export type Marking = 'in the transaction' | 'after the commit too'

/** A change that was committed: tokens of the subject labelled at or below `offset` are stale. */
export interface Changed {
  readonly subject: string
  readonly offset: bigint
}

/** Who changes subjects: a source and the recorder in one. */
export interface Changer {
  /** Sends a change of the subject's groups to its own position, and records it in a batch of its own. */
  change(subject: Subject): Promise<Changed>
}

/**
 * The product's own recorder over its Postgres store: authenticated records in, one transaction for
 * each, marks once more after the commit. Only the Kafka between is left out.
 */
export function openChanger({ changers, topic }: RaceWorld, marking: Marking): Changer {
  const clock = new ManualClock()
  const store = markingStore(postgresRecorderStore(changers), marking)
  const context: RecordContext = {
    ...recordContext(store, clock, new Map([[registry.version, registry]])),
    onCommitted: (_partition, { decision }) => {
      const outcomes = decision.log.map(({ outcome }) => outcome).join()
      if (outcomes !== 'applied') throw new Error(`A change is not applied: ${outcomes}.`)
    },
    onMarkFailed: (_partition, error) => {
      throw error
    },
  }
  return {
    async change(subject) {
      const partition = partitionOf(subject)
      const offset = BigInt(topic.records(partition).length)
      const said = { op: 'set', values: [offset.toString()], n: Number(offset) } as const
      topic.put(groupsChange(`${partition}-${offset}`, subject, said))
      const from = { e: 1n, nextOffset: offset, receivedAtMs: clock.nowMs() }
      const result = await recordBatch(context, topic.records(partition).slice(-1), from)
      if (result.kind !== 'recorded') throw new Error(`The change is ${result.kind}.`)
      return { subject: subjectKey(subject), offset }
    },
  }
}

/**
 * A token that is recorded after the marks of the transaction and before its commit is in nobody's
 * sight: its mint looked before the commit. Only who marks after the commit finds it.
 */
function markingStore(store: RecorderStore, marking: Marking): RecorderStore {
  if (marking === 'after the commit too') return store
  return { ...store, markAgain: () => Promise.resolve({ batches: 0, marked: 0 }) }
}
