import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ManagedProcess, servicePlans } from '@freshet/cli/stack'
import { CHANGES_TOPIC, importSigningKey, type LogWriter, type SigningKey } from '@freshet/wire'
import type { BenchContext } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { changeMix } from './change-mix.ts'
import { appendAll, placing, type Placed, type Proof } from './feed.ts'

const DONE_WITHIN_MS = 120_000
const POLL_MS = 20

/**
 * The path from the change topic to the revocation topic; the scenario starts the reconciler between them.
 */
export interface Pipeline {
  readonly stack: BenchStack
  readonly writer: LogWriter
  /** Returns the next changes of a source, ready to be appended in this order. */
  changes(count: number, proof: Proof): Promise<readonly Placed[]>
  startReconciler(): Promise<ManagedProcess>
  /** The same wait as {@link untilPublished}. */
  done(): Promise<void>
}

/** Starts the services of a pipeline, and processes the initial load of a source. */
export async function startPipeline(context: BenchContext): Promise<Pipeline> {
  const stack = await startStack(context, [])
  const mix = changeMix()
  const place = placing({ macKey: stack.macKey, sourceKey: await sourceKeyOf(stack) })
  const pipeline: Pipeline = {
    stack,
    writer: stack.kafka.writer(),
    async changes(count, proof) {
      const placed: Placed[] = []
      for (let n = 0; n < count; n += 1) placed.push(...(await place(mix.next(Date.now()), proof)))
      return placed
    },
    startReconciler: () => startReconciler(context, stack),
    done: () => untilPublished(stack),
  }
  context.progress('loading the source')
  const loaded = mix.initial().map((change) => place(change, 'stamped'))
  await appendAll(pipeline.writer, (await Promise.all(loaded)).flat())
  const reconciler = await pipeline.startReconciler()
  await pipeline.done()
  await reconciler.stop()
  return pipeline
}

async function sourceKeyOf({ workspace }: BenchStack): Promise<SigningKey> {
  const file = workspace.sources['hr']?.keyFile ?? ''
  return importSigningKey(JSON.parse(await readFile(file, 'utf8')))
}

async function startReconciler(
  context: BenchContext,
  { workspace, at }: BenchStack,
): Promise<ManagedProcess> {
  const plan = servicePlans(workspace, at).find(({ name }) => name === 'reconciler')
  if (plan === undefined) throw new Error('The stack has no reconciler.')
  const died = (name: string, what: string): void => context.progress(`${name} died: ${what}`)
  const reconciler = new ManagedProcess(plan, died)
  context.defer(() => reconciler.stop())
  await reconciler.start()
  return reconciler
}

/**
 * Waits until everything that is in the change topic now is recorded and published.
 *
 * @throws Error after two minutes
 */
export async function untilPublished({ database, kafka }: BenchStack): Promise<void> {
  const reader = kafka.reader()
  const ends = await reader.bounds(CHANGES_TOPIC)
  await reader.close()
  const text = `
    select (select count(*) from unnest($1::int[], $2::bigint[]) as till (partition, position)
      left join progress p using (partition)
      where p.next_offset is null or p.next_offset < till.position)::int as behind,
      exists (select from outbox) as waiting`
  const values = [ends.map(({ partition }) => partition), ends.map(({ end }) => end)]
  const untilMs = performance.now() + DONE_WITHIN_MS
  while (performance.now() < untilMs) {
    const { rows } = await database.query<{ behind: number; waiting: boolean }>(
      { name: 'bench-done', text },
      values,
    )
    if (rows[0]?.behind === 0 && !rows[0].waiting) return
    await sleep(POLL_MS)
  }
  throw new Error('The changes are not recorded and published within two minutes.')
}
