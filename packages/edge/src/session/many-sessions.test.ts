import { getEventListeners, setMaxListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { partitionOf } from '@freshet/protocol'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
})

afterEach(() => edges.closeAll())

describe('10,000 sessions opened and ended', () => {
  const COUNT = 10_000

  it('release everything by their own end: no session, no listener, no signal', async () => {
    const { claims } = await edge.verify(world.token())
    const { groups, signals } = openAndEnd(edge, claims)
    expect(edge.stats().sessions).toBe(0)
    expect(groups.every((each) => getEventListeners(each, 'abort').length === 0)).toBe(true)
    await new Promise(setImmediate)
    collectGarbage()
    expect(signals.filter((each) => each.deref() !== undefined).length).toBeLessThan(10)
  })

  it('leave no listener on a signal that they share after the end by a change', async () => {
    const { claims } = await edge.verify(world.token())
    const shutdown = new AbortController()
    setMaxListeners(0, shutdown.signal)
    for (let i = 0; i < COUNT; i++) edge.signal(claims, { until: shutdown.signal })
    expect(edge.stats().sessions).toBe(COUNT)
    expect(() => edge.signal(claims)).toThrow(/At most 10000 live sessions/)
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(edge.stats().sessions).toBe(0)
    expect(getEventListeners(shutdown.signal, 'abort')).toEqual([])
    shutdown.abort()
    edge.signal(claims, { until: shutdown.signal })
    expect(edge.stats().sessions).toBe(0)
  })

  function openAndEnd(
    on: Edge,
    claims: Parameters<Edge['signal']>[0],
  ): {
    readonly groups: readonly AbortSignal[]
    readonly signals: readonly WeakRef<AbortSignal>[]
  } {
    const signals: WeakRef<AbortSignal>[] = []
    const groups: AbortSignal[] = []
    for (let i = 0; i < COUNT; i++) {
      const over = new AbortController()
      signals.push(new WeakRef(on.signal(claims, { until: over.signal })))
      if (i % 1_000 === 0) groups.push(over.signal)
      over.abort()
    }
    return { groups, signals }
  }

  function collectGarbage(): void {
    setFlagsFromString('--expose-gc')
    ;(runInNewContext('gc') as () => void)()
  }
})
