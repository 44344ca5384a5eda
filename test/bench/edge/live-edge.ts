import { createEdge, type Edge } from '@freshet/edge'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import type { BenchContext } from '../scenario.ts'
import { byPartition, lossOf } from './strangers.ts'

/** Heartbeats at the product's own pace: the shortest lease of the world is 5 s. */
const HEARTBEAT_EVERY_MS = 1_000
const CLAIMS = ['groups', ...Array.from({ length: 9 }, (_, n) => `claim-${n}`)]
const SUBJECTS_PER_ROUND = 500

/** An edge of the product that follows a log in this process by the machine's clocks. */
export interface LiveEdge {
  readonly edge: Edge
  readonly world: EdgeWorld
  /** Publishes a heartbeat if one is due, so that the edge stays fresh. Call it often. */
  readonly keepFresh: () => Promise<void>
  /** Raises ten watermarks for each of so many strangers. */
  readonly raise: (strangers: number) => Promise<void>
}

/** Creates a world and an edge that is live in it. */
export async function liveEdge(context: BenchContext): Promise<LiveEdge> {
  const world = await edgeWorld(new ManualClock(Date.now()))
  await world.begin()
  const { issuer, audience } = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE }
  const revocations = { reader: world.log }
  const edge = await createEdge({ issuer, audience, revocations, keys: world.keys })
  context.defer(() => edge.close())
  const keepFresh = heartbeats(world)
  while (edge.stats().state !== 'live') await keepFresh()
  return { edge, world, keepFresh, raise: (strangers) => raise(edge, world, strangers) }
}

function heartbeats(world: EdgeWorld): () => Promise<void> {
  let dueMs = 0
  return async () => {
    const nowMs = performance.now()
    if (nowMs < dueMs) return
    dueMs = nowMs + HEARTBEAT_EVERY_MS
    await world.clock.advance(Math.max(0, Date.now() - world.clock.nowMs()))
    await world.heartbeat()
    await world.clock.advance(0)
  }
}

async function raise(edge: Edge, world: EdgeWorld, strangers: number): Promise<void> {
  for (let first = 0; first < strangers; first += SUBJECTS_PER_ROUND) {
    const count = Math.min(SUBJECTS_PER_ROUND, strangers - first)
    const when = { e: world.e, nowMs: world.clock.nowMs() }
    const losses = Array.from({ length: count }, (_, n) => lossOf(first + n, CLAIMS, when))
    for (const [partition, batch] of byPartition(losses)) await world.publish(partition, batch)
    await world.clock.advance(0)
    // Records that were read need not be kept: a million of them would fill the memory that is measured.
    for (const { partition, applied } of edge.stats().partitions)
      world.log.dropBefore(REVOCATIONS_TOPIC, partition, applied)
  }
  const held = edge.stats().watermarks
  if (held !== strangers * CLAIMS.length) throw new Error(`The edge holds ${held} watermarks.`)
}
