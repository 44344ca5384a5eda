import { request, type Agent, type IncomingMessage } from 'node:http'

/** Where bodies are sent, and over which connections. */
export interface PostTarget {
  readonly url: string
  readonly agent: Agent
  readonly headers: Readonly<Record<string, string>>
}

/** Sends one body; resolves with the answer's head. */
export function post(body: string, target: PostTarget): Promise<IncomingMessage> {
  const { url, agent, headers } = target
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent, headers }, resolve)
    asked.once('error', (error: NodeJS.ErrnoException) => {
      // The service closed a connection that had idled, at the moment when it was used again.
      if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(post(body, target))
      else reject(error)
    })
    asked.end(body)
  })
}
