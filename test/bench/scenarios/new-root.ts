import { readFile, writeFile } from 'node:fs/promises'
import { plantWatermarks } from '../pipeline/watermarks.ts'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'
import { loseHeads } from '../stack/lost-heads.ts'

const WATERMARKS = { quick: 100_000, full: 2_000_000 } as const
const KIB_PER_MIB = 1_024

/** Measures new roots in all partitions, with as many live watermarks as an edge holds. */
export const startingAnew: Scenario = {
  metrics: [
    {
      id: 'root.2m',
      unit: 'ms',
      about:
        'the stored heads of all partitions are lost while 2,000,000 watermarks live (quick: 100,000): until the last new root is stored',
      target: { atMost: 60_000 },
    },
    {
      id: 'root.2m.control',
      unit: 'ms',
      about: 'the same: until the root of the control partition is stored',
    },
    {
      id: 'root.2m.rss',
      unit: 'MiB',
      about: 'the same: memory that the reconciler added at its peak',
      target: { atMost: 200 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const count = WATERMARKS[context.quick ? 'quick' : 'full']
  const stack = await startStack(context, ['reconciler'])
  context.progress(`planting ${count} watermarks`)
  await plantWatermarks(stack, count)
  const { database } = stack
  const pid = stack.pidOf('reconciler')
  const restMiB = await memoryOf(pid, 'VmRSS')
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  context.progress('losing all heads')
  const roots = await loseHeads(context, database)
  return {
    'root.2m': [roots.all],
    'root.2m.control': [roots.control],
    'root.2m.rss': [(await memoryOf(pid, 'VmHWM')) - restMiB],
  }
}

/** Returns the kernel's count of a process's memory, now or at its peak. */
async function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / KIB_PER_MIB
}
