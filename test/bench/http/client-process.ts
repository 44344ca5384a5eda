import { machineClock } from '../measure/clock.ts'
import { openLoop, type ArrivalPlan } from '../measure/open-loop.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'
import { Connections, type Target } from './connections.ts'

/** The arguments of a process of clients; `connections` requests are in progress at once. */
export type ClientProcessPlan = Target

/** The next requests to send. Each body is used once. */
export type ClientOrder =
  | { readonly kind: 'one-after-the-other'; readonly bodies: readonly string[] }
  | { readonly kind: 'open-loop'; readonly bodies: readonly string[]; readonly plan: ArrivalPlan }

/** Durations in nanoseconds: of each request, or from the time at which it should have been sent. */
export interface ClientReport {
  readonly durationsNs: Float64Array
  readonly elapsedNs: number
}

/** Entry of a process that sends requests to a service over HTTP. */
const plan = childArgument() as ClientProcessPlan
const connections = new Connections(plan)
sendToParent('ready')
for (;;) sendToParent(await obey(await receiveFromParent<ClientOrder>()))

async function obey(order: ClientOrder): Promise<ClientReport> {
  const { bodies } = order
  const durationsNs = new Float64Array(bodies.length)
  const startNs = machineClock.nowNs()
  if (order.kind === 'open-loop')
    await openLoop(order.plan, machineClock, async (index, intendedNs) => {
      await ask(bodies[index] ?? '')
      durationsNs[index] = machineClock.nowNs() - intendedNs
    })
  else await askAll(bodies, durationsNs)
  return { durationsNs, elapsedNs: machineClock.nowNs() - startNs }
}

/** Each connection sends again as soon as it is answered. */
async function askAll(bodies: readonly string[], durationsNs: Float64Array): Promise<void> {
  let next = 0
  const connection = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      const startNs = machineClock.nowNs()
      await ask(bodies[index] ?? '')
      durationsNs[index] = machineClock.nowNs() - startNs
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, connection))
}

async function ask(body: string): Promise<void> {
  const { status, text } = await connections.post(body)
  if (status !== 200) throw new Error(`Answered ${status} ${text}`)
}
