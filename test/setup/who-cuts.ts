import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sendRaw } from '@freshet/testkit'
import {
  HEADERS_TIMEOUT_MS,
  HTTP_REQUEST_TIMEOUT_MS,
} from '../../packages/runtime/src/http/refusals.ts'

const ASIDE_MS = 2_000

/**
 * The servers that ended an incomplete request, in the order of their ends, and the answer of the service.
 */
export interface Cut {
  readonly order: readonly ('shorter' | 'service' | 'longer')[]
  readonly answer: string
}

/**
 * Sends the same half request to a service and to two servers of Node.js. Their limits are 2 s shorter and 2
 * s longer than those of a service. Resolves when the service has ended it.
 */
export async function whoCuts(url: string, text: string): Promise<Cut> {
  const order: Cut['order'][number][] = []
  await using shorter = await lateServer(limitsOf(-ASIDE_MS))
  await using longer = await lateServer(limitsOf(ASIDE_MS))
  const send = async (name: (typeof order)[number], to: string): Promise<string> => {
    const answer = await sendRaw(to, text)
    order.push(name)
    return answer
  }
  const others = [send('shorter', shorter.url), send('longer', longer.url)]
  const answer = await send('service', url)
  const cut = { order: [...order], answer }
  shorter.end()
  longer.end()
  await Promise.all(others)
  return cut
}

/** A server of Node.js that answers nothing by itself. */
export interface LateServer extends AsyncDisposable {
  readonly url: string
  /** Cuts every connection. */
  readonly end: () => void
}

/** Starts one on loopback with these limits. */
export async function lateServer(limits: ServerOptions): Promise<LateServer> {
  const server = createServer(limits).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function limitsOf(asideMs: number): ServerOptions {
  return {
    headersTimeout: HEADERS_TIMEOUT_MS + asideMs,
    requestTimeout: HTTP_REQUEST_TIMEOUT_MS + asideMs,
    connectionsCheckingInterval: 100,
  }
}
