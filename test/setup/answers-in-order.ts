import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'

/** A request of a connection: the path that it asks for first, and the one that it asks for with all others. */
export interface RequestPair {
  readonly first: string
  readonly second: string
}

/**
 * Opens a kept connection for each entry, and lets each ask for its first path. Then all ask for the other paths at
 * once, in the order of the entries.
 *
 * @returns the statuses of these answers, in the order in which they came
 */
export async function answersInOrder(
  base: string,
  pairs: readonly RequestPair[],
): Promise<readonly (number | undefined)[]> {
  const agents = pairs.map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  const statuses: (number | undefined)[] = []
  const askAll = (pathOf: (each: RequestPair) => string) =>
    Promise.all(
      pairs.map(async (each, n) => {
        const { statusCode } = await answerOf(base + pathOf(each), agents[n])
        statuses.push(statusCode)
      }),
    )
  try {
    await askAll(({ first }) => first)
    statuses.length = 0
    await askAll(({ second }) => second)
    return statuses
  } finally {
    for (const agent of agents) agent.destroy()
  }
}

async function answerOf(url: string, agent: Agent | undefined): Promise<IncomingMessage> {
  const [answer] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  await once(answer.resume(), 'end')
  return answer
}
