import type { BenchChild } from '../run/child.ts'
import type { BenchContext } from '../scenario.ts'
import type {
  CrowdBodies,
  CrowdOrder,
  CrowdPlan,
  CrowdProgress,
  CrowdReport,
} from './crowd-process.ts'

/** The time after which bodies are made again: identity tokens live for five minutes. */
const RENEW_EVERY_NS = 120_000_000_000

/** The number of clients, their rate, and the function that makes their bodies. */
export interface CrowdVisit extends Omit<CrowdOrder, 'bodies'> {
  readonly bodies: () => Promise<readonly string[]>
}

/** Processes of clients that arrive together. */
export interface Crowd {
  /** Runs the crowd. Returns the result of each part. */
  visit(visit: CrowdVisit): Promise<readonly CrowdReport[]>
}

/** Starts so many processes; they end with the scenario. */
export async function startCrowd(
  context: BenchContext,
  plan: CrowdPlan,
  processes: number,
): Promise<Crowd> {
  const children = Array.from({ length: processes }, () =>
    context.child(new URL('./crowd-process.js', import.meta.url), plan),
  )
  await Promise.all(children.map((child) => child.receive()))
  return {
    async visit({ clients, withinMs, bodies }) {
      const first = await bodies()
      const order = { clients: Math.ceil(clients / processes), withinMs, bodies: first }
      for (const child of children) child.send(order satisfies CrowdOrder)
      return Promise.all(children.map((child) => reportOf(child, bodies, context)))
    },
  }
}

async function reportOf(
  child: BenchChild,
  bodies: CrowdVisit['bodies'],
  context: BenchContext,
): Promise<CrowdReport> {
  let renewedNs = context.clock.nowNs()
  for (;;) {
    const message = await child.receive<CrowdReport | CrowdProgress>()
    if (!('served' in message)) return message
    context.progress(`${message.served} served by one process`)
    if (context.clock.nowNs() - renewedNs < RENEW_EVERY_NS) continue
    renewedNs = context.clock.nowNs()
    child.send({ bodies: await bodies() } satisfies CrowdBodies)
  }
}
