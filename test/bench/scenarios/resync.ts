import { join } from 'node:path'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { controlLatencies } from '../stack/control-latencies.ts'
import { letFlow, ORDINARY_PER_S } from '../stack/other-changes.ts'
import { runSourceCommand } from '../stack/source-command.ts'
import { lostOf, writeStatement } from '../stack/statement-file.ts'

const SUBJECTS = { quick: 50_000, full: 1_000_000 } as const
const MS_PER_S = 1_000

/** Measures a source that sends a snapshot while others, and itself, send changes. */
export const resyncing: Scenario = {
  metrics: [
    {
      id: 'resync.rate',
      unit: '1/s',
      about: `subjects of \`freshet source resync\`, from its start to its report, of 1 M (quick: 50,000) with ${ORDINARY_PER_S.toLocaleString('en')} other changes/s. A million in five minutes is 3,334`,
      target: { atLeast: 3_334 },
      against: [{ id: 'resync.load.rate' }],
    },
    {
      id: 'resync.control',
      unit: 'ms',
      about:
        'meanwhile: a change of the control partition by the same source, from its intended send to the append of its revocation',
      tail: { p99: { atMost: 1_000 } },
    },
    {
      id: 'resync.control.appended',
      unit: 'ms',
      about: 'the first part of it: to the append of the change by the gateway',
    },
    {
      id: 'resync.control.recorded',
      unit: 'ms',
      about: 'the second part: append → committed by the reconciler',
    },
    {
      id: 'resync.load.rate',
      unit: '1/s',
      about: 'the first load of the same file, with nothing beside it',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const people = SUBJECTS[context.quick ? 'quick' : 'full']
  const stack = await startStack(context, ['gateway', 'reconciler', 'authority'])
  const path = join(await context.tempDir(), 'people.jsonl')
  context.progress(`loading ${people} subjects`)
  await writeStatement(path, people, false)
  const loadedMs = await took(() => runSourceCommand(context, stack, 'load', path))
  // The remaining work of the load does not belong to the resync: the scenario waits for it, and for the
  // vacuum.
  await stack.database.query({ name: '', text: 'checkpoint' })
  context.progress('stating all anew')
  await writeStatement(path, people, true)
  const others = letFlow(context, stack)
  const resyncedMs = await took(() => resync(context, stack, path, people))
  const control = await controlLatencies(stack, await others.stop())
  return {
    'resync.rate': [(people * MS_PER_S) / resyncedMs],
    'resync.control': [control.whole],
    'resync.control.appended': [control.appended],
    'resync.control.recorded': [control.recorded],
    'resync.load.rate': [(people * MS_PER_S) / loadedMs],
  }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

async function resync(
  context: BenchContext,
  stack: BenchStack,
  path: string,
  people: number,
): Promise<void> {
  const { state, compared, missed } = await runSourceCommand(context, stack, 'resync', path)
  const isWhole = state === 'ended' && compared === people
  if (isWhole && missed?.removals === lostOf(people) && missed.grants === 0) return
  const found = JSON.stringify({ state, compared, missed: missed?.removals })
  throw new Error(`The resync came to another end than the files say: ${found}`)
}
