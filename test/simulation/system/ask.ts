import { dispositionOf } from '@freshet/protocol'
import type { Process } from '../kernel/process.ts'
import type { Random } from '../random.ts'
import type { World } from './world.ts'

/** The time for which a caller waits for an answer before it sends again. */
const ANSWER_WAIT_MS = 2_500

/** The caller, and the servers of which any running one answers. */
export interface Asking<Server> {
  readonly asker: Process
  readonly servers: ReadonlyMap<string, Server>
  readonly random: Random
}

/**
 * Makes a request over the network. `undefined`: request, server or answer was lost, or the server answered
 * that it cannot serve now.
 *
 * @throws an error of the server that another request cannot resolve
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
