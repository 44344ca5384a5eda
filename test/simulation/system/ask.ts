import { dispositionOf } from '@freshet/domain'
import type { Process } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import type { World } from './world.ts'

/** So long a caller waits for an answer before it asks again. */
const ANSWER_WAIT_MS = 2_500

/** Who asks whom: any one of the servers that run. */
export interface Asking<Server> {
  readonly asker: Process
  readonly servers: ReadonlyMap<string, Server>
  readonly random: Random
}

/**
 * A request over the network. `undefined`: request, server or answer was lost on the way, or the
 * server said that it cannot now.
 *
 * @throws what a server says that asking again cannot heal
 */
export async function ask<Server, T>(
  { faults }: World,
  { asker, servers, random }: Asking<Server>,
  request: (server: Server) => Promise<T>,
): Promise<T | undefined> {
  await asker.wait(faults.wayMs())
  const names = [...servers.keys()].sort()
  const server = names.length === 0 ? undefined : servers.get(random.pick(names))
  const lost = faults.lostHalf()
  if (server === undefined || lost === 'request') {
    await asker.wait(faults.timeoutMs())
    return undefined
  }
  const answer = request(server).catch((error: unknown) => {
    if (dispositionOf(error) === 'retry') return undefined
    throw error
  })
  const first = await Promise.race([answer, asker.wait(ANSWER_WAIT_MS).then(() => undefined)])
  await asker.wait(faults.wayMs())
  return lost === 'answer' ? undefined : first
}
