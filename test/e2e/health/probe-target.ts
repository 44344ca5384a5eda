import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An edge that is stopped must not hold up a probe until the console forgets it. */
const ANSWER_WITHIN_MS = 1_000

/** A question of a probe to an edge. */
export interface ProbeQuestion {
  readonly target: string
  readonly claim: string
  readonly token: string
}

/** The answer of an edge. */
export interface GatewayAnswer {
  readonly status: number
  readonly body: string
}

/** Answers a question; `pass` asks the edge itself. */
export type OnCheck = (
  question: ProbeQuestion,
  pass: () => Promise<GatewayAnswer>,
) => Promise<GatewayAnswer>

/** A proxy in front of an edge, as one stands there in life. */
export interface ProbeTarget extends AsyncDisposable {
  readonly url: string
}

/** Opens a proxy that probes ask in place of an edge. */
export async function openProxy(
  target: string,
  edge: string,
  onCheck: OnCheck,
): Promise<ProbeTarget> {
  const answer = async (request: IncomingMessage): Promise<GatewayAnswer> => {
    const body = await text(request)
    const { token, require } = JSON.parse(body) as { token: string; require: object }
    const [claim = ''] = Object.keys(require)
    return onCheck({ target, claim, token }, () => passed(new URL('/v1/check', edge), body))
  }
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      () => response.destroy(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function passed(url: URL, body: string): Promise<GatewayAnswer> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const response = await fetch(url, { method: 'POST', headers, body, signal })
  return { status: response.status, body: await response.text() }
}
