import { createEdge, type Edge, type EdgeOptions } from '@freshet/edge'
import { EDGE_AUDIENCE, EDGE_ISSUER } from './edge-token.ts'
import type { EdgeWorld } from './edge-world.ts'

/** Makes edges in a world and ends them with it. */
export interface EdgesIn {
  /** An edge that has just begun to read. */
  start(options?: Partial<EdgeOptions>): Promise<Edge>
  /** An edge that is live, in a world where all is well. */
  live(options?: Partial<EdgeOptions>): Promise<Edge>
  /** Closes all, giving them the time that closing takes. */
  closeAll(): Promise<void>
}

/**
 * Edges read the world's log, take their time from its clock and know its keys, or discover them
 * where they are given a `fetch`.
 */
export function edgesIn(world: EdgeWorld): EdgesIn {
  const edges: Edge[] = []
  const start = async (options: Partial<EdgeOptions> = {}): Promise<Edge> => {
    const edge = await createEdge({
      issuer: EDGE_ISSUER,
      audience: EDGE_AUDIENCE,
      revocations: { reader: world.log, reports: world.log },
      ...(options.fetch === undefined ? { keys: world.keys } : {}),
      timer: world.clock,
      seed: [1, 2],
      edgeId: 'edge-1',
      ...options,
    })
    edges.push(edge)
    await world.clock.advance(0)
    return edge
  }
  return {
    start,
    async live(options) {
      await world.begin()
      const edge = await start(options)
      await world.liveFor(1_000)
      await edge.ready()
      return edge
    },
    async closeAll() {
      const closed = Promise.all(edges.splice(0).map((edge) => edge.close()))
      await world.clock.advance(2_000)
      await closed
    },
  }
}
