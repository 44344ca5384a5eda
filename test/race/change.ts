import { partitionOf, subjectKey, type Subject } from '@freshet/protocol'
import { postgresMarkStore, postgresRecorderStore, type Database } from '@freshet/postgres'
import { recordBatch, type RecordContext, type RecorderStore } from '@freshet/reconciler'
import { groupsChange, ManualClock, markAll, recordContext, withSave } from '@freshet/testkit'
import { registry, type RaceWorld } from './race-world.ts'

/** The time at which the tokens that a change made stale are marked. */
export type Marking = 'before the commit' | 'after the commit'

/** A change that was committed: tokens of the subject labelled at or below `offset` are stale. */
export interface Changed {
  readonly subject: string
  readonly offset: bigint
}

/** The writer of changes: a source and the recorder in one. */
export interface Changer {
  /** Sends a change of the subject's groups to its own position, and records it in a batch of its own. */
  change(subject: Subject): Promise<Changed>
  /** Makes the marks of everything that is committed, as the reconciler does right after a commit. */
  mark(): Promise<void>
}

/**
 * The product's own recorder over its Postgres store: authenticated records in, one transaction for each, and
 * marks after its commit. Only Kafka between them is left out.
 */
export function openChanger({ changers, topic }: RaceWorld, marking: Marking): Changer {
  const clock = new ManualClock()
  const recorder = postgresRecorderStore(changers)
  const store = marking === 'after the commit' ? recorder : markingEarly(recorder, changers)
  const context: RecordContext = {
    ...recordContext(store, clock, new Map([[registry.version, registry]])),
    onCommitted: (_partition, { decision }) => {
      const outcomes = decision.log.map(({ outcome }) => outcome).join()
      if (outcomes !== 'applied') throw new Error(`A change is not applied: ${outcomes}.`)
    },
  }
  return {
    mark: async () => void (await markAll(postgresMarkStore(changers))),
    async change(subject) {
      const partition = partitionOf(subject)
      const offset = BigInt(topic.records(partition).length)
      const statement = { op: 'set', values: [offset.toString()], n: Number(offset) } as const
      topic.put(groupsChange(`${partition}-${offset}`, subject, statement))
      const from = { e: 1n, nextOffset: offset, receivedAtMs: clock.nowMs() }
      const result = await recordBatch(context, topic.records(partition).slice(-1), from)
      if (result.kind !== 'recorded') throw new Error(`The change is ${result.kind}.`)
      return { subject: subjectKey(subject), offset }
    },
  }
}

/**
 * Marks before the commit, and never after it. No step sees a token that is recorded in between: its mint did
 * the recheck before the commit.
 */
function markingEarly(store: RecorderStore, db: Database): RecorderStore {
  return withSave(store, async (batch, save) => {
    for (const { target, position, change } of batch.decision.marks)
      await db.query(MARK_NOW, [target, position, change])
    await save({ ...batch, decision: { ...batch.decision, marks: [] } })
  })
}

const MARK_NOW = {
  name: 'race-mark-now',
  text: `update token set stale_at_ms = 0, stale_change = $3
    where subject = $1 and s < $2 and stale_at_ms is null`,
}
