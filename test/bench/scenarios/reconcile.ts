import { appendAll, type Proof } from '../pipeline/feed.ts'
import { insertRate, readRate } from '../pipeline/floors.ts'
import { plantTokens } from '../pipeline/ledger.ts'
import { startPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const PEOPLE_WITH_TOKENS = 10_000

const about =
  'changes/s, ready process to everything recorded and published: a backlog of 7 partitions'

/** Measures the rate at which the reconciler processes waiting records. */
export const catchingUp: Scenario = {
  metrics: [
    {
      id: 'reconcile.catchup',
      unit: '1/s',
      about: `${about}, stamped by a gateway`,
      target: { atLeast: 15_000 },
      against: [{ id: 'floor.read' }, { id: 'floor.insert' }],
    },
    {
      id: 'reconcile.catchup.signed',
      unit: '1/s',
      about: `${about}, each record signed by its source (ES256)`,
    },
    {
      id: 'floor.read',
      unit: '1/s',
      about: 'the same records read by the product’s reader, without further work',
    },
    {
      id: 'floor.insert',
      unit: '1/s',
      about: 'rows of 400 bytes inserted, 500 to a transaction, 6 connections, fsync',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const pipeline = await startPipeline(context)
  const count = context.quick ? 40_000 : 200_000
  return repeat(context, async () => ({
    'reconcile.catchup': await catchUp(pipeline, count, 'stamped'),
    'reconcile.catchup.signed': await catchUp(pipeline, count / 4, 'signed'),
    'floor.read': await readRate(pipeline.stack.kafka),
    'floor.insert': await insertRate(pipeline.stack.database, count),
  }))
}

async function catchUp(pipeline: Pipeline, count: number, proof: Proof): Promise<number> {
  const outstanding = { tokens: PEOPLE_WITH_TOKENS, people: PEOPLE_WITH_TOKENS, group: 'staff' }
  await plantTokens(pipeline.stack.database, outstanding)
  await appendAll(pipeline.writer, await pipeline.changes(count, proof))
  const reconciler = await pipeline.startReconciler()
  const startMs = performance.now()
  await pipeline.done()
  const tookMs = performance.now() - startMs
  await reconciler.stop()
  return (count * 1_000) / tookMs
}
