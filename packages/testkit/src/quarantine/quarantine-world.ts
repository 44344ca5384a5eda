import { PARTITIONS } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  decodeAuditEntry,
  quarantinedIdOf,
  type Incoming,
  type LogRecord,
} from '@freshet/wire'
import {
  forwardOnce,
  recordBatch,
  replayRecord,
  type ForwardStore,
  type QuarantineStore,
  type RecordContext,
  type RecorderStore,
  type RehearsalStore,
  type ReplayParts,
  type ReplayResult,
} from '@freshet/reconciler'
import { ManualClock } from '@freshet/testing'
import { fakeLog, type FakeLog } from '@freshet/testing/parts'
import { changeTopic, recordContext, type ChangeTopic } from '../recorder/recorder-world.ts'

/** The stores of one database that the quarantine is made of. */
export interface QuarantineUnderTest {
  readonly recorder: RecorderStore
  readonly rehearsals: RehearsalStore
  readonly store: QuarantineStore
  readonly forward: ForwardStore
  /** Change rows as `partition id outcome`, sorted. */
  changes(): Promise<readonly string[]>
  /** Entries of the audit about parked records, as they are stored, oldest first. */
  audit(): Promise<readonly string[]>
}

/** A recorder over a log, whose sources can be believed or not, and operators who replay. */
export interface QuarantineWorld {
  readonly under: QuarantineUnderTest
  readonly clock: ManualClock
  readonly log: FakeLog
  readonly topic: ChangeTopic
  readonly parts: ReplayParts
  /** The sources whose records have no proof, for now. */
  readonly unproven: Set<string>
  /** Appends what the topic holds and was not appended yet, records it, and forwards what was parked. */
  settle(): Promise<void>
  /** Records and forwards while a replay waits for it. */
  replay(id: string, more?: { readonly dryRun?: boolean }): Promise<ReplayResult>
  /** The name of the newest record that a partition holds. */
  newest(partition: number): string
}

/** Policy version 1 is active everywhere. */
export async function quarantineWorld(
  make: () => Promise<QuarantineUnderTest>,
): Promise<QuarantineWorld> {
  const under = await make()
  const clock = new ManualClock()
  const log = fakeLog(PARTITIONS.length, () => clock.nowMs())
  const topic = changeTopic(clock)
  const unproven = new Set<string>()
  const context = doubting(recordContext(under.recorder, clock), unproven)
  await under.recorder.ensureProgress(PARTITIONS, 1n)
  const appended = new Map<number, number>()
  const settle = async (): Promise<void> => {
    for (const partition of PARTITIONS) {
      const all = topic.records(partition)
      for (const record of all.slice(appended.get(partition) ?? 0))
        await log.append(CHANGES_TOPIC, partition, [record])
      appended.set(partition, all.length)
      await recordPartition(context, log, partition)
    }
    const onTrouble = (error: unknown): void => {
      throw error
    }
    await forwardOnce({ store: under.forward, writer: log, timer: clock, onTrouble })
  }
  topic.activate(1)
  await settle()
  const parts: ReplayParts = {
    ...context,
    store: under.store,
    rehearsals: under.rehearsals,
    reader: log,
    writer: recordingWriter(log, settle),
  }
  return {
    under,
    clock,
    log,
    topic,
    parts,
    unproven,
    settle,
    replay: (id, { dryRun = false } = {}) =>
      replayRecord(parts, id, { by: 'ann', reason: 'key published', dryRun }),
    newest(partition) {
      const record = log.records(CHANGES_TOPIC, partition).at(-1)
      return record ? quarantinedIdOf(record) : ''
    },
  }
}

/** The audit entries of quarantined records. */
export async function auditOf({ under }: QuarantineWorld): Promise<readonly unknown[]> {
  return (await under.audit()).map((text) => decodeAuditEntry(text))
}

function doubting(context: RecordContext, unproven: ReadonlySet<string>): RecordContext {
  const { authenticate } = context
  return {
    ...context,
    authenticate: async (record, policy): Promise<Incoming> => {
      const read = await authenticate(record, policy)
      const source = read.kind === 'change' ? read.change.source : ''
      if (!unproven.has(source)) return read
      return { kind: 'unauthentic', rule: 'no key of the source is published' }
    },
  }
}

/** Records each append at once, as a running reconciler would. */
function recordingWriter(log: FakeLog, settle: () => Promise<void>): ReplayParts['writer'] {
  return {
    async append(topic, partition, records) {
      const landed = await log.append(topic, partition, records)
      await settle()
      return landed
    },
  }
}

async function recordPartition(
  context: RecordContext,
  log: FakeLog,
  partition: number,
): Promise<void> {
  const { e, nextOffset } = await context.store.progress(partition)
  const records = log
    .records(CHANGES_TOPIC, partition)
    .filter(({ offset }: LogRecord) => offset >= nextOffset)
  await recordBatch(context, records, { e, nextOffset, receivedAtMs: context.timer.nowMs() })
}
