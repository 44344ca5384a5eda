import { acmeRegistry } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { pipelineView, type FeedProgress } from './pipeline.ts'

const NOW_MS = 1_000_000

/** The kinds of state that the named source awaits, with one feed in this state. */
function awaitedBy(source: string, feed: Pick<FeedProgress, 'partition' | 'condition'>) {
  const feeds = [{ tenant: 'acme', source, throughMs: null, ...feed }]
  const nothing = { partitions: [], missed: [], contradictions: [], doubts: [], omitted: [] }
  const rows = { ...nothing, latest: null, grants: [] }
  const view = pipelineView(
    { ...rows, feeds },
    { changes: null, quarantine: null },
    acmeRegistry(),
    NOW_MS,
  )
  return view.sources.find((each) => each.source === source)?.awaits
}

it('names the state without which a snapshot does not end a halt or gap of the control partition', () => {
  const condition = 'halted'
  expect(awaitedBy('hr', { partition: 0, condition })).toEqual(['accounts'])
  expect(awaitedBy('hr', { partition: 0, condition: 'hole' })).toEqual(['accounts'])
  expect(awaitedBy('security', { partition: 0, condition })).toEqual(['cut-offs'])
  expect(awaitedBy('iga', { partition: 0, condition })).toEqual([])
})

it('control: names none while the control partition is whole', () => {
  expect(awaitedBy('hr', { partition: 0, condition: 'silent' })).toBeUndefined()
  expect(awaitedBy('hr', { partition: 3, condition: 'halted' })).toBeUndefined()
})
