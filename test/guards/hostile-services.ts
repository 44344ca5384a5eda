import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Services that answer wrongly, and a record of the requests of a console to them. */
export interface HostileServices extends AsyncDisposable {
  /** The services by name, as `FRESHET_SERVICES` has them. */
  readonly setting: string
  /** The number of requests to the address that one of them redirects to. */
  readonly followed: () => number
  /** The most bytes that one answer could send before the console closed it. */
  readonly bytesTaken: () => number
}

const ADDRESS = 'connect 10.0.0.7'
const CHUNK = 'y'.repeat(16_384)

/** The text that no answer of a console contains. */
export const KEPT_BACK: string = ADDRESS

/** Starts one that redirects, one without an end, one that never answers, and one that names an address. */
export async function hostileServices(): Promise<HostileServices> {
  let followed = 0
  let bytesTaken = 0
  const target = await listening((_, answer) => {
    followed += 1
    answer.end('ok\n')
  })
  const kinds: Readonly<Record<string, RequestListener>> = {
    redirecting: (request, answer) =>
      void answer.writeHead(302, { location: `${urlOf(target)}${request.url}` }).end(),
    endless: (request, answer) => {
      if (request.url === '/livez') return void answer.end('ok\n')
      answer.writeHead(503)
      let bytes = 0
      const write = (): void => {
        bytes += CHUNK.length
        bytesTaken = Math.max(bytesTaken, bytes)
        if (!answer.destroyed && answer.write(CHUNK)) setImmediate(write)
      }
      answer.on('drain', write)
      write()
    },
    silent: () => {},
    talkative: (request, answer) => {
      if (request.url === '/livez') return void answer.end('ok\n')
      answer.writeHead(503).end(`[-] kafka failed: ${ADDRESS}\nnot ready\n`)
    },
  }
  const servers = await Promise.all(
    Object.entries(kinds).map(async ([name, kind]) => [name, await listening(kind)] as const),
  )
  return {
    setting: servers.map(([name, server]) => `${name}=${urlOf(server)}`).join(','),
    followed: () => followed,
    bytesTaken: () => bytesTaken,
    async [Symbol.asyncDispose]() {
      for (const server of [target, ...servers.map(([, each]) => each)]) {
        server.close()
        server.closeAllConnections()
        await once(server, 'close')
      }
    },
  }
}

async function listening(kind: RequestListener): Promise<Server> {
  const server = createServer(kind).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
