import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { askService } from './ask-service.ts'

/** A first request loads the client of HTTP, which can take longer than a service is allowed to. */
const PATIENCE_MS = 30_000
const never = new AbortController().signal

/** Serves a handler, and returns the answer of a look at it. */
async function checkedService(handler: RequestListener, withinMs = PATIENCE_MS): Promise<unknown> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    return await askService(`http://127.0.0.1:${port}`, never, withinMs)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const readyz =
  (status: number, text: string): RequestListener =>
  (request, answer) =>
    void answer.writeHead(request.url === '/livez' ? 200 : status).end(text)

describe('a service that is asked', () => {
  it('is ready', async () => {
    expect(await checkedService(readyz(200, 'ok\n'))).toEqual({ state: 'ready' })
  })

  it('is not ready, with the names of the checks and not with their reasons', async () => {
    const text =
      '[-] kafka failed: connect 10.0.0.7\n[+] policy ok\n[-] postgres failed: x\nnot ready\n'
    expect(await checkedService(readyz(503, text))).toEqual({
      state: 'not-ready',
      reason: 'kafka, postgres',
    })
    expect(await checkedService(readyz(503, 'something else'))).toEqual({ state: 'not-ready' })
  })

  it('is not ready while its checks have no result', async () => {
    const hanging: RequestListener = (request, answer) =>
      void (request.url === '/livez' && answer.end('ok\n'))
    expect(await checkedService(hanging, 3_000)).toMatchObject({ state: 'not-ready' })
  })

  it('gives no answer if it hangs, is gone, or sends us elsewhere', async () => {
    expect(await checkedService(() => {}, 1_000)).toEqual({ state: 'no-answer' })
    expect(await askService('http://127.0.0.1:1', never)).toEqual({ state: 'no-answer' })
    const elsewhere: RequestListener = (_, answer) =>
      void answer.writeHead(302, { location: 'http://127.0.0.1:1' }).end()
    expect(await checkedService(elsewhere)).toEqual({ state: 'no-answer' })
  })

  it('gives no answer in time, whatever the garbage collector takes away meanwhile', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    expect(await checkedService(() => collect(), 1_000)).toEqual({ state: 'no-answer' })
  })

  it('is read up to a limit', async () => {
    const endless: RequestListener = (request, answer) => {
      if (request.url === '/livez') return void answer.end('ok\n')
      answer.writeHead(503)
      answer.write(`[-] kafka failed: x\n${'y'.repeat(8_192)}`)
    }
    expect(await checkedService(endless)).toEqual({ state: 'not-ready', reason: 'kafka' })
  })
})
