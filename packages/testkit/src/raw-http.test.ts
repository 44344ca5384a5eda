import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRaw, sendRaw, statusOfRaw } from './raw-http.ts'

const TEXT = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'

let server: Server
let url: string
beforeAll(async () => {
  server = createServer(async (request, answer) => {
    // A service awaits something before it answers.
    for (let turn = 0; turn < 10; turn += 1) await nextTurn()
    const { host, 'transfer-encoding': encoding } = request.headers
    if (request.url === '/length') {
      let bytes = 0
      for await (const part of request) bytes += (part as Buffer).length
      answer.end(`${bytes} by ${encoding}`)
    } else answer.writeHead(request.url === '/refused' ? 403 : 200).end(host)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

describe('a raw request', () => {
  it('waits for the answer', async () => {
    expect(await sendRaw(url, TEXT)).toMatch(/^HTTP\/1\.1 200 /)
    const request = { method: 'POST', target: '/', body: 'x', host: 'b' }
    expect(await askRaw(url, request)).toMatchObject({
      status: 200,
      body: expect.stringContaining('b') as unknown,
    })
    expect(await statusOfRaw(url, 'GET /refused')).toBe(403)
  })

  it('sends a body in chunks, which the server reads as it is', async () => {
    const length = 150_000
    const request = { method: 'POST', target: '/length', body: 'x'.repeat(length), chunked: true }
    expect(await askRaw(url, request)).toMatchObject({
      status: 200,
      body: expect.stringContaining(`${length} by chunked`) as unknown,
    })
  })

  it('control: gets no answer where the client ends the connection first', async () => {
    expect(await sendRaw(url, TEXT, { endsFirst: true })).toBe('')
  })

  it('does not take a service that is gone for one that refuses', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    const status = statusOfRaw(`http://127.0.0.1:${port}`, 'GET /')
    await expect(status).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('ends with an error where the server keeps silent', async () => {
    const half = sendRaw(url, 'GET / HTTP/1.1\r\n', { withinMs: 50 })
    await expect(half).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
