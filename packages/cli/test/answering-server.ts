import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

/** The answer of one route. */
export type Answer = readonly [status: number, body: unknown]

/** A request that arrived. */
export interface ReceivedRequest {
  /** Method and path, without the query. */
  readonly route: string
  /** The query, from its `?`. */
  readonly search: string
  readonly authorization: string
  readonly body: string
}

/** A server on loopback for tests, which stands for every service. */
export interface AnsweringServer extends AsyncDisposable {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** The answers by route. Every other route has 404. */
  answers: Readonly<Record<string, Answer>>
  /** Called with each request once it is answered. */
  onRequest: (one: ReceivedRequest) => void
}

/** Starts one without answers. */
export async function answeringServer(): Promise<AnsweringServer> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { pathname: path, search } = new URL(request.url ?? '', 'http://x')
      const { authorization = '' } = request.headers
      const one = { route: `${request.method} ${path}`, search, authorization, body }
      answering.requests.push(one)
      const unknown: Answer = [404, { code: 'request.not-found', detail: 'None.' }]
      const [status, json] = answering.answers[one.route] ?? unknown
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(json))
      answering.onRequest(one)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answering: AnsweringServer = {
    url: `http://127.0.0.1:${Object(server.address())['port']}`,
    requests: [],
    answers: {},
    onRequest: () => {},
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.closeAllConnections()
      server.close()
      await closed
    },
  }
  return answering
}
