import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Connector, Drained, Hint, Row } from '@freshet/connect'
import type { SourceConnection } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANSWER_BYTES_MAX, ANSWER_WITHIN_MS, PAGE_ROWS, RETRY_AFTER_MAX_MS } from './admin-api.ts'
import { keycloakConnector } from './keycloak-connector.ts'
import { EVENTS_PER_PAGE, EVENT_PAGES_MAX, MEMBERS_MAX } from './realm-events.ts'

const SECRET = 'the-secret-of-the-client'
const EMAIL = 'alice@acme.example'
const SETTLE_MS = 3_000
const INTERVAL_MS = 1_000
const unavailable = { code: 'connect.unavailable' }
const refused = { code: 'connect.refused' }
const { signal } = new AbortController()

let keycloak: FakeKeycloak
let clock: ManualClock
beforeEach(async () => {
  clock = new ManualClock()
  keycloak = new FakeKeycloak()
  await keycloak.start()
})
afterEach(() => keycloak.stop())

describe('a bad day of Keycloak', () => {
  const read = (connector = connectorOf()): Promise<Row | undefined> => connector.read('u1', signal)
  const always = (answer: (response: ServerResponse) => void) => (): Answer => answer

  it('of refused secrets ends with the new secret, without a restart', async () => {
    const connector = connectorOf()
    keycloak.secret = 'another'
    for (let minute = 0; minute < 60; minute += 1) {
      await expect(read(connector)).rejects.toMatchObject(refused)
      await clock.advance(60_000)
    }
    keycloak.secret = SECRET
    await expect(read(connector)).resolves.toMatchObject({ key: 'u1' })
  })

  it('with tokens that ended early costs one request', async () => {
    const connector = connectorOf()
    await read(connector)
    keycloak.tokens.clear()
    await expect(read(connector)).rejects.toMatchObject(refused)
    await expect(read(connector)).resolves.toMatchObject({ key: 'u1' })
  })

  it('with a pause of 1e9 s is a pause of 30 s, in which nothing is sent', async () => {
    const connector = connectorOf()
    await read(connector)
    keycloak.bad = always((response) =>
      response.writeHead(429, { 'retry-after': '1000000000' }).end(),
    )
    const paused = { ...unavailable, retryAfterMs: RETRY_AFTER_MAX_MS }
    await expect(read(connector)).rejects.toMatchObject(paused)
    keycloak.bad = undefined
    const { length } = keycloak.asked
    await clock.advance(RETRY_AFTER_MAX_MS - 1)
    await expect(read(connector)).rejects.toMatchObject({ ...unavailable, retryAfterMs: 1 })
    expect(keycloak.asked).toHaveLength(length)
    await clock.advance(1)
    await expect(read(connector)).resolves.toMatchObject({ key: 'u1' })
  })

  it('with redirects sends nothing to their address', async () => {
    keycloak.bad = always((response) => response.writeHead(302, { location: '/away' }).end())
    await expect(read()).rejects.toMatchObject(unavailable)
    expect(keycloak.asked).not.toContain('/away')
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['half an answer', (response) => cutOff(response)],
    ['an answer of 10 MiB', (response) => response.end(`"${'x'.repeat(10 << 20)}"`)],
    ['10 MiB in a few compressed bytes', (response) => bomb(response)],
    ['HTML', (response) => response.end(`<p>${EMAIL}</p>`)],
    ['a member twice', (response) => response.end(`{"id":"u1","email":"${EMAIL}","id":"u1"}`)],
    ['another form', (response) => response.end(JSON.stringify({ id: EMAIL, username: 7 }))],
    ['another user', (response) => response.end(JSON.stringify(userOf('u2')))],
    ['an error', (response) => response.writeHead(500).end(EMAIL)],
    ['the 404 of a proxy', (response) => response.writeHead(404).end('<h1>Not found</h1>')],
    ['the 404 of a renamed realm', (response) => notFound(response, 'Realm not found.')],
  ])('with %s is no state of a user, and no text has a value', async (_, answer) => {
    keycloak.bad = (path) => (path.startsWith('/users') ? answer : undefined)
    const error: unknown = await read().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(unavailable)
    expect(textOf(error)).not.toMatch(new RegExp(`${SECRET}|${EMAIL}|Bearer`))
  })

  it('with slow answers ends after 10 s, and at once with the signal', async () => {
    keycloak.bad = always(() => undefined)
    const slow = expect(read()).rejects.toMatchObject(unavailable)
    await expect.poll(() => keycloak.asked.length).toBe(1)
    await clock.advance(ANSWER_WITHIN_MS)
    await slow
    const ending = new AbortController()
    const ended = expect(connectorOf().read('u1', ending.signal)).rejects.toThrow()
    ending.abort()
    await ended
  })

  it('with a refused right names the client', async () => {
    keycloak.bad = always((response) => response.writeHead(403).end())
    await expect(read()).rejects.toMatchObject({
      ...refused,
      message: /roles of the client freshet/,
    })
  })

  it('costs one token for requests at the same time, and a new one before its end', async () => {
    const connector = connectorOf()
    await Promise.all([read(connector), read(connector), read(connector)])
    expect(keycloak.tokens.size).toBe(1)
    await clock.advance(49_999)
    await read(connector)
    expect(keycloak.tokens.size).toBe(1)
    await clock.advance(1)
    await read(connector)
    expect(keycloak.tokens.size).toBe(2)
  })

  it.each(['http://id.acme.example/realms/acme', 'https://id.acme.example/acme'])(
    'does not begin at %s',
    (at) => {
      expect(() => connectorOf({}, at)).toThrow(expect.objectContaining(refused))
    },
  )
})

describe('a list', () => {
  const listed = async (connector = connectorOf()): Promise<readonly string[]> => {
    const keys: string[] = []
    for await (const { key } of connector.list(signal)) keys.push(key)
    return keys
  }
  beforeEach(() => {
    for (let at = 2; at <= 250; at += 1) keycloak.add(`u${at}`)
  })

  it('has each user once', async () => {
    expect(new Set(await listed()).size).toBe(250)
    expect(await listed()).toHaveLength(250)
  })

  it('is read again if a user came meanwhile, and has each user once all the same', async () => {
    keycloak.onPage = [() => keycloak.add('u0'), () => undefined]
    const keys = await listed()
    expect(keys.toSorted()).toEqual([...keycloak.users.keys()].toSorted())
  })

  it('has no end while the count changes each time', async () => {
    // A run has four pages.
    keycloak.onPage = Array.from({ length: 12 }, (_, page) => () => {
      if (page % 4 === 0) keycloak.add(`z${page}`)
    })
    await expect(listed()).rejects.toMatchObject(unavailable)
    expect(keycloak.asked.filter((path) => path === '/users/count')).toHaveLength(6)
  })

  it('notices a row that moved between two pages, though the count is right', async () => {
    const missed = [...keycloak.users.keys()].toSorted()[PAGE_ROWS] ?? ''
    keycloak.onPage = [
      () => undefined,
      () => {
        keycloak.users.delete('u1')
        keycloak.add('z1')
      },
    ]
    expect(await listed()).toContain(missed)
  })

  it('without its last users is no list', async () => {
    keycloak.bad = (path) =>
      path.startsWith('/users?') && /first=(?!0)/.test(path)
        ? (response) => response.end(JSON.stringify([userOf('u189')]))
        : undefined
    await expect(listed()).rejects.toMatchObject(unavailable)
  })

  it('is no list if one user cannot be read, and other users can be read singly', async () => {
    keycloak.bad = (path) =>
      path.startsWith('/users/u7/') ? (response) => response.writeHead(500).end() : undefined
    await expect(listed()).rejects.toMatchObject(unavailable)
    await expect(connectorOf().read('u7', signal)).rejects.toMatchObject(unavailable)
    await expect(connectorOf().read('u8', signal)).resolves.toMatchObject({ key: 'u8' })
  })

  it('leaves a user out who was deleted before the groups were read', async () => {
    keycloak.bad = (path) => {
      if (path === '/users/u7/groups') keycloak.users.delete('u7')
      return undefined
    }
    expect(await listed()).not.toContain('u7')
  })
})

describe('events', () => {
  it('begin with all users, and go on from a cursor', async () => {
    keycloak.announce('users/u1', 'USER', 'UPDATE')
    const follower = followerOf()
    expect(await follower.pass()).toEqual(['*'])
    await follower.pass()
    keycloak.announce('users/u2', 'USER', 'DELETE')
    const { cursor } = follower.last
    expect(await follower.pass()).toEqual(['u2'])
    expect(await follower.pass()).toEqual([])
    // A new process has no memory of the events that are younger than `settleMs`.
    expect(await followerOf(cursor).pass()).toEqual(['u1', 'u2'])
    expect(await followerOf('[[0,""],[0,"]]').pass()).toEqual(['*'])
  })

  it('that become visible late are found within the settle time, and not after it', async () => {
    const follower = followerOf()
    await follower.pass()
    keycloak.announce('users/new', 'USER', 'UPDATE')
    expect(await follower.pass()).toEqual(['new'])
    const newestMs = keycloak.nowMs
    keycloak.announce('users/late', 'USER', 'UPDATE', newestMs - SETTLE_MS)
    expect(await follower.pass()).toEqual(['late'])
    keycloak.announce('users/too-late', 'USER', 'UPDATE', newestMs - SETTLE_MS - 1)
    expect(await follower.pass()).toEqual([])
  })

  it('of one millisecond are all found, each once, over several pages', async () => {
    const follower = followerOf()
    await follower.pass()
    const count = EVENTS_PER_PAGE + 20
    keycloak.nowMs += 1
    keycloak.announce('users/before', 'USER', 'UPDATE')
    keycloak.nowMs += 1
    for (let at = 0; at < count - 21; at += 1) keycloak.announce(`users/a${at}`, 'USER', 'UPDATE')
    keycloak.nowMs += 1
    for (let at = 0; at < 20; at += 1) keycloak.announce(`users/b${at}`, 'USER', 'UPDATE')
    const keys = await follower.pass()
    expect(keys).toHaveLength(count)
    expect(new Set(keys).size).toBe(count)
  })

  it('that are too many for one read compare all users', async () => {
    const follower = followerOf()
    await follower.pass()
    for (let at = 0; at < EVENTS_PER_PAGE; at += 1) keycloak.announce('users/u1', 'USER', 'UPDATE')
    expect(await follower.pass()).toEqual(['*'])
    const reads = keycloak.asked.filter((path) => path.includes('dateTo'))
    expect(reads).toHaveLength(EVENT_PAGES_MAX - 1)
  })

  it('that are gone compare all users once: removed, or restored from a backup', async () => {
    keycloak.announce('users/u1', 'USER', 'UPDATE')
    const follower = followerOf()
    await follower.pass()
    await follower.pass()
    keycloak.events = []
    expect(await follower.pass()).toEqual(['*'])
    expect(await follower.pass()).toEqual([])
    keycloak.announce('users/u2', 'USER', 'UPDATE')
    expect(await follower.pass()).toEqual(['u2'])
  })

  it('of a clock in the future do not hide those of now', async () => {
    keycloak.announce('users/u1', 'USER', 'UPDATE', clock.nowMs() + 3_600_000)
    const follower = followerOf()
    await follower.pass()
    await follower.pass()
    keycloak.announce('users/u2', 'USER', 'UPDATE', clock.nowMs())
    expect(await follower.pass()).toEqual(['u2'])
  })

  it('are given again if a pass was not whole', async () => {
    keycloak.groups.set('g1', ['u1', 'u2'])
    const follower = followerOf()
    await follower.pass()
    const { cursor } = follower.last
    keycloak.announce('groups/g1/role-mappings/realm', 'REALM_ROLE_MAPPING', 'DELETE')
    keycloak.bad = (path) =>
      path.startsWith('/groups') ? (response) => response.writeHead(503).end() : undefined
    await expect(follower.pass()).rejects.toMatchObject(unavailable)
    keycloak.bad = undefined
    expect(await followerOf(cursor).pass()).toEqual(['u1', 'u2'])
  })

  it('are drained at the time before their read', async () => {
    const follower = followerOf()
    const beforeMs = clock.monotonicMs()
    keycloak.bad = () => {
      void clock.advance(5)
      return undefined
    }
    await follower.pass()
    expect(follower.last.startedMs).toBe(beforeMs)
    expect(clock.monotonicMs()).toBeGreaterThan(beforeMs)
  })

  it.each<[string, string, string | undefined, readonly string[]]>([
    ['USER', 'UPDATE', 'users/u1', ['u1']],
    ['USER', 'ACTION', 'users/u1/reset-password', ['u1']],
    ['REALM', 'CREATE', 'users/u1', ['u1']],
    ['CLIENT_ROLE_MAPPING', 'DELETE', 'users/u1/role-mappings/clients/c1', ['u1']],
    ['GROUP_MEMBERSHIP', 'DELETE', 'users/u1/groups/g1', ['u1']],
    ['USER_PROFILE', 'UPDATE', 'users/profile', ['*']],
    ['GROUP', 'UPDATE', 'groups/g1', ['u1', 'u2', 'u3']],
    ['GROUP', 'UPDATE', 'groups/g1/children', ['u1', 'u2', 'u3']],
    ['CLIENT_ROLE_MAPPING', 'CREATE', 'groups/g2/role-mappings/clients/c1', ['u3']],
    ['GROUP', 'UPDATE', 'groups/gone', []],
    ['GROUP', 'UPDATE', 'groups/large', ['*']],
    ['GROUP', 'UPDATE', 'groups', ['*']],
    ['GROUP', 'DELETE', 'groups/g1', ['*']],
    ['GROUP', 'CREATE', 'groups/g1/children', []],
    ['GROUP', 'CREATE', 'default-groups/g1', []],
    ['REALM_ROLE', 'CREATE', 'roles/r1', []],
    ['REALM_ROLE', 'CREATE', 'roles/r1/composites', ['*']],
    ['CLIENT_ROLE', 'DELETE', 'roles-by-id/r1', ['*']],
    ['CLIENT', 'DELETE', 'clients/c1', ['*']],
    ['CLIENT', 'UPDATE', 'clients/c1', []],
    ['REALM', 'UPDATE', undefined, []],
    ['REALM', 'UPDATE', 'events/config', []],
    ['REALM', 'ACTION', 'user-storage/f1/sync', ['*']],
    ['REALM_SCOPE_MAPPING', 'CREATE', 'clients/c1/scope-mappings/realm', []],
    ['PROTOCOL_MAPPER', 'CREATE', 'clients/c1/protocol-mappers/models/m1', []],
    ['COMPONENT', 'DELETE', 'components/f1', ['*']],
    ['ORGANIZATION_MEMBERSHIP', 'DELETE', 'organizations/o1/members', ['*']],
    ['SOMETHING_NEW', 'CREATE', 'something/new', ['*']],
  ])('of %s %s at %s name %j', async (type, operation, path, keys) => {
    keycloak.groups.set('g1', ['u1', 'u2']).set('g2', ['u3'])
    keycloak.children.set('g1', ['g2'])
    keycloak.groups.set(
      'large',
      Array.from({ length: MEMBERS_MAX + 1 }, (_, at) => `m${at}`),
    )
    const follower = followerOf()
    await follower.pass()
    keycloak.announce(path, type, operation)
    expect(await follower.pass()).toEqual(keys)
  })

  it('of a client compare all users where roles of clients are read', async () => {
    const follower = followerOf(undefined, { clients: 'app' })
    await follower.pass()
    keycloak.announce('clients/c1', 'CLIENT', 'UPDATE')
    expect(await follower.pass()).toEqual(['*'])
  })

  it('of an account name its user', async () => {
    const follower = followerOf()
    await follower.pass()
    keycloak.logins.push({ id: 'l1', time: keycloak.nowMs, type: 'DELETE_ACCOUNT', userId: 'u9' })
    expect(await follower.pass()).toEqual(['u9'])
    expect(await connectorOf().read('u9', signal)).toBeUndefined()
  })
})

function connectorOf(options: Readonly<Record<string, string>> = {}, at = keycloak.url) {
  const connection: SourceConnection = {
    kind: 'keycloak',
    at,
    tenant: 'acme',
    settleMs: SETTLE_MS,
    intervalMs: INTERVAL_MS,
    compareMs: 600_000,
    subject: { iss: 'https://id.acme.example', sub: '/id' },
    account: true,
    claims: new Map(),
    options: new Map(Object.entries(options)),
  }
  const parts = { timer: clock, secret: () => SECRET }
  return keycloakConnector(connection, parts) as Required<Connector>
}

/** Reads hints pass by pass. */
function followerOf(cursor?: string, options = {}) {
  const hints = connectorOf(options).hints(cursor, signal)[Symbol.asyncIterator]()
  let last: Drained | undefined
  return {
    get last(): Drained {
      if (last === undefined) throw new Error('no pass was made')
      return last
    },
    /** Returns the keys of the hints up to the end of the next pass, sorted; `*` stands for all users. */
    async pass(): Promise<readonly string[]> {
      const keys: string[] = []
      let next = hints.next()
      if (last !== undefined) await clock.advance(INTERVAL_MS)
      for (;;) {
        const hint = (await next).value as Hint
        if (hint.kind === 'drained') {
          last = hint
          return keys.toSorted()
        }
        keys.push(hint.kind === 'touched' ? hint.key : '*')
        next = hints.next()
      }
    },
  }
}

type Answer = ((response: ServerResponse) => void) | undefined

/** The part of the admin API that the connector uses, in memory, on loopback. */
class FakeKeycloak {
  secret = SECRET
  readonly tokens = new Set<string>()
  readonly users = new Map([['u1', userOf('u1')]])
  readonly groups = new Map<string, readonly string[]>()
  readonly children = new Map<string, readonly string[]>()
  events: { readonly id: string; readonly time: number; readonly resourceType: string }[] = []
  readonly logins: object[] = []
  nowMs = 1_795_514_400_000
  /** The paths of all requests. */
  readonly asked: string[] = []
  /** An answer instead of the right one. */
  bad: ((path: string) => Answer) | undefined
  /** Work before the pages of the list of users, one for each. */
  onPage: (() => void)[] = []
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

  async stop(): Promise<void> {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }

  add(id: string): void {
    this.users.set(id, userOf(id))
  }

  announce(
    resourcePath: string | undefined,
    resourceType: string,
    operationType: string,
    time = this.nowMs,
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

function userOf(id: string) {
  return { id, username: id, email: EMAIL, enabled: true }
}

function notFound(response: ServerResponse, error: string): undefined {
  response.writeHead(404).end(JSON.stringify({ error }))
}

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"id":"u1"')
  setImmediate(() => response.destroy())
}

function bomb(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' })
  response.end(gzipSync(Buffer.alloc(ANSWER_BYTES_MAX * 2.5, ' ')))
}

/** Everything that a log would have of an error. */
function textOf(error: unknown): string {
  const { message, stack, cause } = error as Error
  return `${message} ${stack} ${cause === undefined ? '' : textOf(cause)}`
}
