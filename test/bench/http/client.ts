import type { BenchContext } from '../scenario.ts'
import type { ClientOrder, ClientProcessPlan, ClientReport } from './client-process.ts'

/** Clients of a service, in a process of their own. */
export interface Client {
  ask(order: ClientOrder): Promise<ClientReport>
}

/** Starts them; they end with the scenario. */
export async function startClient(context: BenchContext, plan: ClientProcessPlan): Promise<Client> {
  const child = context.child(new URL('./client-process.js', import.meta.url), plan)
  await child.receive()
  return {
    ask(order) {
      child.send(order)
      return child.receive<ClientReport>()
    },
  }
}
