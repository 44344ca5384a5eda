import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import type { TenantsEdgeReading, TenantsEdgeOrder, TenantsEdgePlan } from './edge-process.ts'

/** The edges, each in a process of its own. */
export interface TenantsEdges {
  /** Every edge verifies these tokens, and judges them at each look from now on. */
  keep(tokens: readonly string[]): Promise<void>
  read(): Promise<readonly TenantsEdgeReading[]>
}

const POLL_MS = 1_000
/** Tokens of one order: the answer to an order has two minutes, on a busy machine too. */
const ORDER_TOKENS_MAX = 1_000

/** Starts so many edges, and waits until they are ready. */
export async function startTenantsEdges(
  context: BenchContext,
  { at }: BenchStack,
  count: number,
): Promise<TenantsEdges> {
  const children = Array.from({ length: count }, (_, n) => {
    const { brokers, authority: issuer } = at
    const plan: TenantsEdgePlan = { brokers, issuer, name: `tenants-edge-${n}` }
    return context.child(new URL('./edge-process.js', import.meta.url), plan)
  })
  await Promise.all(children.map((child) => child.receive()))
  const ask = (order: TenantsEdgeOrder): Promise<readonly TenantsEdgeReading[]> =>
    Promise.all(
      children.map((child) => {
        child.send(order)
        return child.receive<TenantsEdgeReading>()
      }),
    )
  return {
    async keep(tokens) {
      for (let from = 0; from < tokens.length; from += ORDER_TOKENS_MAX)
        await ask({ tokens: tokens.slice(from, from + ORDER_TOKENS_MAX) })
    },
    read: () => ask('look'),
  }
}

/** Waits until every claim of every token is fresh at every edge. @throws Error after `withinMs` */
export async function untilAllFresh(
  context: BenchContext,
  edges: TenantsEdges,
  withinMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const readings = await edges.read()
    const problem = notFresh(readings)
    if (problem === undefined) return
    context.progress(problem)
    if (performance.now() > deadlineMs) throw new Error(problem)
    await context.clock.sleep(POLL_MS)
  }
}

/** Returns what is not fresh, if anything. */
export function notFresh(readings: readonly TenantsEdgeReading[]): string | undefined {
  const found = readings.find(({ tokens, fresh }) => fresh < tokens)
  return (
    found &&
    `An edge is ${found.state}: ${found.fresh} of ${found.tokens} tokens are fresh. ${found.other ?? ''}`
  )
}
