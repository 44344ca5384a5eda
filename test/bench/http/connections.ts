import { connect, type Socket } from 'node:net'
import { readAnswer, type Answer } from './answer.ts'

/** The address for bodies, and the largest number of connections. */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
}

interface Post {
  readonly body: string
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
  readonly #waiting: Post[] = []
  #open = 0

  constructor(target: Target) {
    const { host, pathname } = new URL(target.url)
    const fields = Object.entries({ host, ...target.headers })
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
    this.#target = target
    this.#head = `POST ${pathname} HTTP/1.1\r\n${lines.join('')}`
  }

  /** Waits for a connection if all are in use. The body is ASCII. */
  post(body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    const connection = this.#idle.pop() ?? this.#another()
    const post = connection === undefined ? undefined : this.#waiting.shift()
    if (connection === undefined || post === undefined) return
    connection.post = post
    const { body } = post
    connection.socket.write(`${this.#head}content-length: ${body.length}\r\n\r\n${body}`, 'latin1')
  }

  #another(): Connection | undefined {
    if (this.#open >= this.#target.connections) return undefined
    this.#open += 1
    const { hostname, port } = new URL(this.#target.url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    const connection: Connection = { socket, post: undefined, received: '', isReused: false }
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
