import { setImmediate as nextTurn } from 'node:timers/promises'
import { createEdge, type TokenClaims } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'

/** The arguments of the process of one edge that serves every tenant. */
export interface TenantsEdgePlan {
  readonly brokers: readonly string[]
  readonly issuer: string
  readonly name: string
}

/** Gives the edge tokens to keep, or asks it for its verdicts on them. */
export type TenantsEdgeOrder = { readonly tokens: readonly string[] } | 'look'

/** The answer to every order. */
export interface TenantsEdgeReading {
  readonly state: string
  readonly tokens: number
  /** The number of tokens that have every claim fresh. */
  readonly fresh: number
  /** The first other verdict, with its tenant. */
  readonly other: string | undefined
  /** Processor time of the process since its start, without that of verifying and judging these tokens. */
  readonly cpuUs: number
}

/** Tokens that are verified in one turn of the event loop. */
const AT_ONCE = 50

const { brokers, issuer, name } = childArgument() as TenantsEdgePlan
await using edge = await createEdge({
  issuer,
  audience: 'payments',
  edgeId: name,
  tenants: '*',
  revocations: kafkaRevocations({ brokers }),
})
await edge.ready()
sendToParent('ready')
const held: TokenClaims[] = []
let judgingUs = 0
for (;;) {
  const order = await receiveFromParent<TenantsEdgeOrder>()
  if (order !== 'look') await keep(order.tokens)
  const startUs = cpuUs()
  const judgements = judged()
  judgingUs += cpuUs() - startUs
  sendToParent({ ...judgements, cpuUs: cpuUs() - judgingUs } satisfies TenantsEdgeReading)
}

async function keep(tokens: readonly string[]): Promise<void> {
  for (const [n, token] of tokens.entries()) {
    held.push((await edge.verify(token)).claims)
    if (n % AT_ONCE === 0) await nextTurn()
  }
}

function judged(): Omit<TenantsEdgeReading, 'cpuUs'> {
  let [fresh, other]: [number, string | undefined] = [0, undefined]
  for (const claims of held) {
    const verdict = edge.judge(claims)
    if (verdict.kind === 'fresh') fresh += 1
    else other ??= `${claims.token.tenant}: ${JSON.stringify(verdict)}`
  }
  return { state: edge.stats().state, tokens: held.length, fresh, other }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
