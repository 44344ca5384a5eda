import { partitionOf } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import {
  ALICE,
  edgesIn,
  edgeWorld,
  originInWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  await world.liveFor(2_000)
})
afterEach(() => edges.closeAll())

/** Lets a subject in twice behind the commit of what disables it. */
async function lateFor(sub: string): Promise<void> {
  const subject = { ...ALICE, sub }
  const token = world.token({ claims: { sub } })
  const origin = originInWorld('hr-1', partitionOf(subject), 1n, world.clock.nowMs())
  for (let i = 0; i < 2; i++) {
    await world.clock.advance(50)
    await edge.decide({ name: 'GET /', require: { groups: ['staff'] }, token })
  }
  const change = { ...origin, scope: 'account', subject, op: 'disabled', offset: 101n } as const
  await world.publish(partitionOf(subject), [change])
  await world.liveFor(1_000)
}

describe('requests of probes', () => {
  it('are answered, and are no decisions and no stale allows', async () => {
    await lateFor(`${PROBE_NAME}-1`)
    expect(edge.stats()).toMatchObject({ staleAllows: 0, decisions: { allow: 0 } })
  })

  it('are those of their name; control: another’s are counted', async () => {
    await lateFor('prober')
    expect(edge.stats()).toMatchObject({ staleAllows: 2, decisions: { allow: 2 } })
  })
})
