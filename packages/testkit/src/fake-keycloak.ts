import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SourceConnection } from '@freshet/protocol'

/** A user of Keycloak. */
export interface FakeUser {
  readonly id: string
  readonly username: string
  readonly email: string
  readonly enabled: boolean
}

/** The part of the admin API that the connector uses, in memory, on loopback. */
export class FakeKeycloak {
  /** The secret of the client. */
  secret = 'the-secret-of-the-client'
  /** The headers of the tokens that it gave. */
  readonly tokens: Set<string> = new Set()
  readonly users: Map<string, FakeUser> = new Map([['u1', fakeUser('u1')]])
  /** The direct members of each group. */
  readonly groups: Map<string, readonly string[]> = new Map()
  /** The groups directly below a group. */
  readonly children: Map<string, readonly string[]> = new Map()
  /** Events of administrators, newest first. */
  events: { readonly id: string; readonly time: number; readonly resourceType: string }[] = []
  /** Events of logins and accounts. */
  readonly logins: object[] = []
  /** The time of new events. */
  nowMs = 1_795_514_400_000
  /** The paths of all requests. */
  readonly asked: string[] = []
  /** An answer instead of the right one. */
  bad: ((path: string) => ((response: ServerResponse) => void) | undefined) | undefined
  /** Work before the pages of the list of users, one for each. */
  onPage: (() => void)[] = []
  /** The address of the realm. */
  url = ''
  #server: Server | undefined
  #serial = 0

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').replace('/admin/realms/acme', '')
      this.asked.push(path)
      const bad = this.bad?.(path)
      if (bad !== undefined) bad(response)
      else if (path.endsWith('/token'))
        request.on('data', (form) => this.#grant(String(form), response))
      else if (!this.tokens.has(request.headers.authorization ?? '')) response.writeHead(401).end()
      else this.#answer(new URL(path, this.url), response)
    }).listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/realms/acme`
  }

  /** The connection of a source to it. */
  connection(options: Readonly<Record<string, string>> = {}): SourceConnection {
    return {
      kind: 'keycloak',
      at: this.url,
      tenant: 'acme',
      settleMs: 3_000,
      intervalMs: 1_000,
      compareMs: 600_000,
      subject: { iss: 'https://id.acme.example', sub: '/id' },
      account: true,
      claims: new Map(),
      options: new Map(Object.entries(options)),
    }
  }

  stop(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }

  add(id: string): void {
    this.users.set(id, fakeUser(id))
  }

  announce(
    resourcePath: string | undefined,
    resourceType: string,
    operationType: string,
    time: number = this.nowMs,
  ): void {
    this.#serial += 1
    const event = { id: `e${this.#serial}`, time, resourceType, operationType, resourcePath }
    this.events = [event, ...this.events].toSorted((a, b) => b.time - a.time)
  }

  #grant(form: string, response: ServerResponse): void {
    if (new URLSearchParams(form).get('client_secret') !== this.secret) {
      response.writeHead(401).end('{"error":"unauthorized_client"}')
      return
    }
    const token = `token-${this.tokens.size}`
    this.tokens.add(`Bearer ${token}`)
    response.end(JSON.stringify({ access_token: token, expires_in: 60 }))
  }

  #answer({ pathname, searchParams: query }: URL, response: ServerResponse): void {
    const [, place = '', id = '', below] = pathname.split('/')
    const page = (rows: readonly unknown[]): readonly unknown[] => {
      const first = Number(query.get('first') ?? 0)
      return rows.slice(first, first + Number(query.get('max') ?? rows.length))
    }
    const json = ((): unknown => {
      if (place.endsWith('events')) {
        const all = place === 'events' ? (this.logins as typeof this.events) : this.events
        const from = Number(query.get('dateFrom') ?? 0)
        const to = Number(query.get('dateTo') ?? Infinity)
        return page(all.filter(({ time }) => time >= from && time <= to))
      }
      if (place === 'groups') {
        const list = (below === 'members' ? this.groups : this.children).get(id)
        if (this.groups.has(id)) return page((list ?? []).map((each) => ({ id: each })))
        return notFound(response, 'Could not find group by id')
      }
      if (id === 'count') return this.users.size
      if (id === '') {
        this.onPage.shift()?.()
        return page([...this.users.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      }
      const user = this.users.get(id)
      if (user === undefined) return notFound(response, 'User not found')
      return below === undefined ? user : []
    })()
    if (json !== undefined) response.end(JSON.stringify(json))
  }
}

/** A user as the fake has it. */
export function fakeUser(id: string): FakeUser {
  return { id, username: id, email: 'alice@acme.example', enabled: true }
}

/** Sends the 404 of Keycloak. */
export function notFound(response: ServerResponse, error: string): undefined {
  response.writeHead(404).end(JSON.stringify({ error }))
}
