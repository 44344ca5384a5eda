import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from './bench-stack.ts'

/** Browsers that read all data that they receive. */
export interface Listeners {
  /** Returns the number of changes that each received so far. */
  received(): readonly number[]
  stop(): void
}

/** Resolves when so many listen to `/v1/stream`. @throws if one is refused */
export async function listen(
  context: BenchContext,
  { at, workspace }: BenchStack,
  count: number,
): Promise<Listeners> {
  const headers = { authorization: `Bearer ${workspace.adminToken}` }
  const url = new URL('/v1/stream', at.console)
  const open: ClientRequest[] = []
  const received = Array.from({ length: count }, () => 0)
  const stop = (): void => open.forEach((request) => request.destroy())
  context.defer(stop)
  const begun = received.map((_, n) => {
    const request = get(url, { headers, agent: false })
    open.push(request)
    return begin(request, () => (received[n] = (received[n] ?? 0) + 1))
  })
  await Promise.all(begun)
  return { received: () => [...received], stop }
}

function begin(request: ClientRequest, onChange: () => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      response.on('error', () => undefined)
      if (response.statusCode !== 200)
        return reject(new Error(`A stream was answered ${String(response.statusCode)}.`))
      countChanges(response, onChange)
      resolve()
    })
  })
}

const CHANGE = 'event: change'

/** A line can come in parts. */
function countChanges(response: IncomingMessage, onChange: () => void): void {
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line === CHANGE) onChange()
  })
}
