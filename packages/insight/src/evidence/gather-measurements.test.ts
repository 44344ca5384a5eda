import { subjectKey } from '@freshet/protocol'
import { ACME_IDP, acmeRegistry, loggedChange, ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { TokensQuestion } from './evidence-store.ts'
import { edgeViews } from '../edges/edge-view.ts'
import type { KnownEdge } from '../observatory-store.ts'
import type { PipelineView } from '../pipeline/pipeline.ts'
import { timelineOf } from '../changes/timeline.ts'
import { gatherMeasurements, type GatherParts } from './gather-measurements.ts'

const clock = new ManualClock()
const edge = (name: string, applied: bigint): KnownEdge => ({
  edge: name,
  audience: 'payments',
  version: '0.1.0',
  state: 'live',
  reportedAtMs: clock.nowMs(),
  liveSinceMs: 0,
  signer: null,
  partitions: [{ partition: 3, applied, viewAgeMs: 10 }],
})
const appliedAfter = (name: string, afterMs: number) => ({
  edge: name,
  upTo: 10n,
  appendedAtMs: 120,
  appliedAtMs: 120 + afterMs,
  reportedAtMs: null,
})
const none: PipelineView = {
  partitions: [],
  sources: [],
  latest: null,
  contradictions: [],
  doubted: [],
  omitted: [],
  grants: [],
  quarantined: null,
}

/** The reach of the suite's change, at 9 in the revocations, at edges with some apply times. */
async function reachOf(
  edges: readonly KnownEdge[],
  applies: readonly ReturnType<typeof appliedAfter>[],
  published: number | null = 120,
): Promise<readonly (number | null)[]> {
  const change = loggedChange({
    publishedAtMs: published,
    revocationOffset: published === null ? null : 9n,
  })
  const way = timelineOf(change, { edges, applies }, clock.nowMs())
  const { revocations } = await gather(edges, ({ kinds }) =>
    Promise.resolve(kinds.includes('claim') ? [{ change, way }] : []),
  )
  return (revocations ?? []).map(({ completeMs }) => completeMs)
}

const gather = (
  edges: readonly KnownEdge[],
  tightened: GatherParts['observatory']['tightened'],
  onTokens: (question: TokensQuestion) => void = () => {},
  registry = acmeRegistry(),
) =>
  gatherMeasurements(
    {
      observatory: {
        edges: () => edgeViews(edges, { store: { starts: () => Promise.resolve([]) }, clock }),
        pipeline: () => Promise.resolve(none),
        tightened,
      },
      evidence: {
        tokens(question) {
          onTokens(question)
          return Promise.resolve(noTokens)
        },
        decisions: () => Promise.resolve({ decided: 0, denied: 0 }),
      },
      reader: { bounds: () => Promise.resolve([]) },
      clock,
    },
    { registry, hash: 'h' },
  )

const noTokens = {
  counted: 0,
  isComplete: true,
  stale: 0,
  ofLeavers: 0,
  ofLeaversUnmarked: 0,
  lives: [],
}

it('the way of a change ends with the slowest edge', async () => {
  const both = [edge('a', 10n), edge('b', 10n)]
  expect(await reachOf(both, [appliedAfter('a', 4), appliedAfter('b', 9)])).toEqual([19])
})

it('an edge that is behind the change is waited for', async () => {
  expect(await reachOf([edge('a', 10n), edge('b', 9n)], [appliedAfter('a', 4)])).toEqual([null])
})

it('an edge that started behind the change is past it, and is not waited for', async () => {
  expect(await reachOf([edge('a', 10n), edge('b', 10n)], [appliedAfter('a', 4)])).toEqual([14])
})

it('a change of which no edge has told says nothing', async () => {
  expect(await reachOf([edge('a', 10n)], [])).toEqual([])
})

it('a change that is not published has come nowhere', async () => {
  expect(await reachOf([edge('a', 10n)], [], null)).toEqual([null])
})

it('workloads are the subjects of clients that speak for themselves', async () => {
  const own = { iss: ACME_IDP, sub: 'batch' }
  const client = { tenant: 'acme', audiences: [], introspects: [] }
  const clients = new Map([
    ['web', { ...client, id: 'web' }],
    ['batch', { ...client, id: 'batch', subject: own }],
  ])
  const questions: TokensQuestion[] = []
  const nothing = () => Promise.resolve([])
  await gather([], nothing, (question) => questions.push(question), acmeRegistry({ clients }))
  expect(questions).toEqual([
    { atMs: clock.nowMs(), minimumPv: 0, workloads: [subjectKey({ tenant: 'acme', ...own })] },
  ])
})
