import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONTROL_PARTITION, PARTITIONS } from '@freshet/domain'
import type { Database } from '@freshet/postgres'
import { plantWatermarks } from '../pipeline/watermarks.ts'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'

const WATERMARKS = { quick: 100_000, full: 2_000_000 } as const
const POLL_MS = 50
const STANDS_WITHIN_MS = 300_000
const KIB_PER_MIB = 1_024

/** All partitions start anew while as many watermarks live as an edge holds. */
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
  const before = await basesOf(database)
  const restMiB = await memoryOf(pid, 'VmRSS')
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  context.progress('losing all heads')
  const startMs = performance.now()
  await database.query({ name: '', text: `UPDATE publisher SET head_hash = 'lost'` })
  const standsMs = new Map<number, number>()
  while (standsMs.size < PARTITIONS.length) {
    const nowMs = performance.now() - startMs
    if (nowMs > STANDS_WITHIN_MS)
      throw new Error(`${standsMs.size} roots stand after five minutes.`)
    for (const [partition, base] of await basesOf(database))
      if (base !== before.get(partition) && !standsMs.has(partition)) {
        standsMs.set(partition, nowMs)
        context.progress(`root of partition ${partition} stands after ${Math.round(nowMs)} ms`)
      }
    await sleep(POLL_MS)
  }
  return {
    'root.2m': [Math.max(...standsMs.values())],
    'root.2m.control': [standsMs.get(CONTROL_PARTITION) ?? Number.NaN],
    'root.2m.rss': [(await memoryOf(pid, 'VmHWM')) - restMiB],
  }
}

async function basesOf(database: Database): Promise<ReadonlyMap<number, string | null>> {
  const text = 'SELECT partition, base_hash FROM publisher'
  const { rows } = await database.query<{ partition: number; base_hash: string | null }>({
    name: 'bench-bases',
    text,
  })
  return new Map(rows.map(({ partition, base_hash: base }) => [partition, base]))
}

/** What the kernel counts of a process, now or at its peak. */
async function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / KIB_PER_MIB
}
