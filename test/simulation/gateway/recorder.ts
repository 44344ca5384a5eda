import { PARTITIONS } from '@freshet/protocol'
import { memoryRecorderStore } from '@freshet/memory'
import { recordBatch, type RecordContext, type RecorderStore } from '@freshet/reconciler'
import { ManualClock, recordContext } from '@freshet/testkit'
import { checkOutcomes, checkThrough } from './oracle.ts'
import { REGISTRY } from './registry.ts'
import { FAULTS } from './rules.ts'
import { explain, note, strikes, type GatewayWorld } from './world.ts'

const BATCH = 8

/**
 * The product's recorder, one loop for each partition; it stores the stamps of the records that it applies.
 */
export async function startRecorder(world: GatewayWorld): Promise<void> {
  const store = weakened(world, memoryRecorderStore(world.database))
  await store.ensureProgress(PARTITIONS, 1n)
  const context: RecordContext = {
    ...recordContext(store, new ManualClock(), new Map([[1, REGISTRY]])),
    timer: world.timer,
    onCommitted(partition, { nextOffset }) {
      checkThrough(world, partition, nextOffset)
      checkOutcomes(world, partition, nextOffset)
    },
  }
  for (const partition of PARTITIONS) void keepRecording(world, context, partition)
}

async function keepRecording(
  world: GatewayWorld,
  context: RecordContext,
  partition: number,
): Promise<void> {
  for (;;) {
    await world.timer.sleep(world.random.steps.between(50, 500))
    const { e, nextOffset } = await context.store.progress(partition)
    const records = world.log.records(partition).slice(Number(nextOffset)).slice(0, BATCH)
    if (records.length === 0) continue
    const from = { e, nextOffset, receivedAtMs: world.timer.nowMs() }
    await recordBatch(context, records, from).catch((error: unknown) => explain(world, error))
  }
}

function weakened(world: GatewayWorld, store: RecorderStore): RecorderStore {
  return {
    ...store,
    async inPartition(partition, work) {
      // A restore of the database can come between reading and recording.
      await world.timer.sleep(world.random.steps.between(1, 40))
      if (strikes(world, FAULTS.crash)) {
        note(world, 'recorder crash')
        await world.timer.sleep(world.random.faults.between(200, 1_500))
      }
      return store.inPartition(partition, (tx) =>
        work({
          ...tx,
          save: (batch) => tx.save(world.rules.stamps === 'forgotten' ? forgetful(batch) : batch),
        }),
      )
    },
  }
}

function forgetful<T extends { readonly decision: { readonly stamps: readonly unknown[] } }>(
  batch: T,
): T {
  return { ...batch, decision: { ...batch.decision, stamps: [] } }
}
