import { PARTITIONS, subjectKey } from '@freshet/protocol'
import { recordBatch, type RecordContext, type RecordResult } from '@freshet/reconciler'
import { ManualClock } from '@freshet/testing'
import { markAll } from './steps/mark-all.ts'
import {
  AMY,
  BEN,
  changeTopic,
  groupsChange,
  hrOrigin,
  recordContext,
  type ChangeTopic,
  type PlantedToken,
  type RecorderUnderTest,
} from './recorder-world.ts'

/** A store under test with a change topic, and the recorder between them. */
export interface RecorderFixture {
  readonly under: RecorderUnderTest
  readonly clock: ManualClock
  readonly topic: ChangeTopic
  readonly context: RecordContext
  /** Records what stands in a partition from the stored position on, and makes the marks of it. */
  record(partition: number, over?: RecordContext): Promise<RecordResult>
  /** The same without the marks. */
  recordOnly(partition: number, over?: RecordContext): Promise<RecordResult>
  recordAll(order?: readonly number[]): Promise<void>
  /** Plants a token of Amy that carries `groups` and is labelled 1 everywhere. */
  token(jti: string, more?: Partial<PlantedToken>): Promise<void>
}

/** Nothing is active yet. */
export async function recorderFixture(
  make: () => Promise<RecorderUnderTest>,
): Promise<RecorderFixture> {
  const under = await make()
  const clock = new ManualClock()
  const topic = changeTopic(clock)
  const context = recordContext(under.store, clock)
  await under.store.ensureProgress(PARTITIONS, 1n)
  const recordOnly = async (partition: number, over = context): Promise<RecordResult> => {
    const { e, nextOffset } = await under.store.progress(partition)
    const records = topic.records(partition).filter(({ offset }) => offset >= nextOffset)
    return recordBatch(over, records, { e, nextOffset, receivedAtMs: clock.nowMs() })
  }
  const record = async (partition: number, over = context): Promise<RecordResult> => {
    const result = await recordOnly(partition, over)
    await markAll(under.marks)
    return result
  }
  const recordAll = async (order: readonly number[] = PARTITIONS): Promise<void> => {
    for (const partition of order) await record(partition)
  }
  const token = (jti: string, more: Partial<PlantedToken> = {}): Promise<void> =>
    under.plantToken({
      jti,
      subject: subjectKey(AMY),
      claims: ['groups'],
      e: 1n,
      s: 1n,
      c: 1n,
      ...more,
    })
  return { under, clock, topic, context, record, recordOnly, recordAll, token }
}

/** The same with version 1 active in every partition. */
export async function activatedFixture(
  make: () => Promise<RecorderUnderTest>,
): Promise<RecorderFixture> {
  const fixture = await recorderFixture(make)
  fixture.topic.activate(1)
  await fixture.recordAll()
  return fixture
}

/** A bit of everything, in every partition that decides something. */
export function putHistory(topic: ChangeTopic): void {
  topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
  topic.put(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 2 }))
  topic.put({ ...hrOrigin('d1', 3), kind: 'account', subject: AMY, op: 'deleted' })
  topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['y'], n: 4 }))
  topic.putUnreadable(groupsChange('b2', BEN, { op: 'remove', values: ['x'], n: 5 }))
  topic.put({ ...hrOrigin('w1', 6), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
  topic.put({ ...hrOrigin('s1', 7), kind: 'snapshot-begin' })
  topic.put(groupsChange('a3', AMY, { op: 'set', values: ['z'], n: 8 }))
  topic.put({ ...hrOrigin('s2', 9), kind: 'snapshot-end' })
  topic.putAgain(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
  topic.putHeartbeat('hr', 1_795_514_400_100)
}
