import { FreshetError } from '@freshet/protocol'
import type { PipelineSource } from '@freshet/insight'
import { ManualClock } from '@freshet/testkit'
import type { AuditEntry } from '@freshet/wire'
import { expect, it } from 'vitest'
import { sourceWatcher } from './source-watcher.ts'

const away = new FreshetError('database.unavailable', 'planned')
const source = (status: PipelineSource['standing'], name = 'hr'): PipelineSource => ({
  tenant: 'acme',
  source: name,
  standing: status,
  throughMs: 1_000,
  leaseMs: 5_000,
  missed: 0,
})

it('a source that falls silent is written once into the audit, also if a write fails', async () => {
  const written: string[] = []
  const trouble: unknown[] = []
  const seen: number[] = []
  let isAway = true
  const watch = sourceWatcher({
    audit: {
      append: async (entries: readonly AuditEntry[]) => {
        if (isAway) throw away
        written.push(...entries.map(({ kind, ref }) => `${kind} ${ref}`))
      },
    },
    onSources: (sources) => void seen.push(sources.length),
    timer: new ManualClock(),
    onTrouble: (error) => void trouble.push(error),
  })
  await watch([source('silent'), source('unheard', 'iga')])
  expect([written, trouble]).toEqual([[], [away]])
  isAway = false
  await watch([source('silent')])
  await watch([source('silent')])
  expect(written).toEqual(['source-silent hr'])
  // A source that never sent anything has no metric.
  expect(seen).toEqual([1, 1, 1])
})
