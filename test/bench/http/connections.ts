import { connect, type Socket } from 'node:net'
import { readAnswer, type Answer } from './answer.ts'

/** The address for bodies, and the largest number of connections. */
export interface Target {
  readonly url: string
  /** Default: `POST`. */
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  /** Local addresses that the connections use in turn. Default: the address that the system chooses. */
  readonly from?: readonly string[]
}

interface Post {
  readonly body: string | Uint8Array
  /** Lines of the head beside those of the target, each with its end. */
  readonly lines: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

interface Connection {
  readonly socket: Socket
  /** The request in progress on the connection. */
  post: Post | undefined
  received: string
  isReused: boolean
}

/**
 * Posts over connections that are kept alive, one request at a time on each. It writes on sockets, because
 * clients share the cores with the measured service, and those of `node:http` take twice as much of them.
 */
export class Connections {
  readonly #target: Target
  readonly #head: string
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: Post[] = []
  #open = 0
  #opened = 0

  constructor(target: Target) {
    this.#target = target
    this.#head = headOf(target)
  }

  /** The number of requests that could be sent now without a wait. */
  get free(): number {
    return this.#idle.length + this.#target.connections - this.#open - this.#waiting.length
  }

  /** Waits for a connection if all are in use. A text is ASCII. */
  post(body: string | Uint8Array, lines = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, lines, resolve, reject })
      this.#next()
    })
  }

  /** Closes all connections. Requests in progress are rejected. */
  close(): void {
    for (const { socket } of this.#all) socket.destroy()
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    const connection = this.#idle.pop() ?? this.#another()
    const post = connection === undefined ? undefined : this.#waiting.shift()
    if (connection === undefined || post === undefined) return
    connection.post = post
    const { body, lines } = post
    const { socket } = connection
    const head = `${this.#head}${lines}content-length: ${body.length}\r\n\r\n`
    if (typeof body === 'string') return void socket.write(`${head}${body}`, 'latin1')
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  }

  #another(): Connection | undefined {
    if (this.#open >= this.#target.connections) return undefined
    this.#open += 1
    const { url, from = [] } = this.#target
    const { hostname: host, port } = new URL(url)
    const localAddress = from[this.#opened++ % from.length]
    const socket = connect({ host, port: Number(port), noDelay: true, localAddress })
    const connection: Connection = { socket, post: undefined, received: '', isReused: false }
    this.#all.add(connection)
    let failure = new Error('The service closed the connection.')
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(connection, text))
    socket.on('error', (error) => (failure = error))
    socket.on('close', () => this.#lose(connection, failure))
    return connection
  }

  #take(connection: Connection, text: string): void {
    connection.received += text
    const answer = readAnswer(connection.received)
    if (answer === undefined) return
    const { post } = connection
    connection.post = undefined
    connection.received = ''
    connection.isReused = true
    this.#idle.push(connection)
    post?.resolve(answer)
    this.#next()
  }

  #lose(connection: Connection, failure: Error): void {
    this.#open -= 1
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const { post, isReused, received } = connection
    if (post === undefined) return
    // The service closed an idle connection at the time at which it was used again.
    if (isReused && received === '') this.#waiting.unshift(post)
    else post.reject(failure)
    this.#next()
  }
}

/** Returns the head of each request without its length and its end. */
export function headOf({ url, method = 'POST', headers }: Target): string {
  const { host, pathname, search } = new URL(url)
  const fields = Object.entries({ host, ...headers })
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}`
}
