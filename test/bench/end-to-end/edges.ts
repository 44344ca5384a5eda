import type { Readers } from '../floor/hop.ts'
import type { BenchContext } from '../scenario.ts'
import type { EdgeProcessPlan, EdgeProcessReport, ReadUntil } from './edge-process.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import type { Ends } from './deliveries.ts'

/** Edges of the product that are live. */
export interface RunningEdges {
  /**
   * Returns the times of the deliveries, once all edges have read so far; then the edges end.
   *
   * @throws Error if one is not live or holds another number of watermarks than this; `undefined`: never
   */
  finish(ends: Ends, watermarks: number | undefined): Promise<readonly Float64Array[]>
}

/** Starts the edges and waits until all are live. */
export async function startEdges(
  context: BenchContext,
  { at }: BenchStack,
  { processes, readers: edges }: Readers,
): Promise<RunningEdges> {
  const children = Array.from({ length: processes }, (_, n) => {
    const { brokers, authority: issuer } = at
    const plan: EdgeProcessPlan = { brokers, issuer, edges, name: `edge-${n}` }
    return context.child(new URL('./edge-process.js', import.meta.url), plan)
  })
  await Promise.all(children.map((child) => child.receive()))
  return {
    async finish(ends, watermarks) {
      const order: ReadUntil = { ends }
      for (const child of children) child.send(order)
      const reports = await Promise.all(children.map((child) => child.receive<EdgeProcessReport>()))
      await Promise.all(children.map((child) => child.end()))
      if (watermarks !== undefined) for (const report of reports) requireSound(report, watermarks)
      return reports.flatMap(({ deliveries }) => deliveries)
    },
  }
}

function requireSound({ states, watermarks }: EdgeProcessReport, expected: number): void {
  for (const [n, held] of watermarks.entries())
    if (held !== expected || (states[n] !== 'live' && states[n] !== 'lagging'))
      throw new Error(`An edge is ${states[n]} and holds ${held} of ${expected} watermarks.`)
}
