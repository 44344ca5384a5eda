import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Connector, Row } from '@freshet/connect'
import { fakeUser, FakeKeycloak, ManualClock, notFound } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANSWER_BYTES_MAX, ANSWER_WITHIN_MS, PAGE_ROWS, RETRY_AFTER_MAX_MS } from './admin-api.ts'
import { keycloakConnector } from './keycloak-connector.ts'

const { email: EMAIL } = fakeUser('u1')
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

describe('Keycloak on a bad day', () => {
  const read = (connector = connectorOf()): Promise<Row | undefined> => connector.read('u1', signal)
  const always = (answer: (response: ServerResponse) => void) => () => answer

  it('has a secret that is refused for an hour, and works with the new one without a restart', async () => {
    const connector = connectorOf()
    const { secret } = keycloak
    keycloak.secret = 'another'
    for (let minute = 0; minute < 60; minute += 1) {
      await expect(read(connector)).rejects.toMatchObject(refused)
      await clock.advance(60_000)
    }
    keycloak.secret = secret
    await expect(read(connector)).resolves.toMatchObject({ key: 'u1' })
  })

  it('ends a token early, which costs one request', async () => {
    const connector = connectorOf()
    await read(connector)
    keycloak.tokens.clear()
    await expect(read(connector)).rejects.toMatchObject(refused)
    await expect(read(connector)).resolves.toMatchObject({ key: 'u1' })
  })

  it('demands a pause of 1e9 s, and gets one of 30 s', async () => {
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

  it('sends a redirect, which is not followed', async () => {
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
    ['another user', (response) => response.end(JSON.stringify(fakeUser('u2')))],
    ['an error', (response) => response.writeHead(500).end(EMAIL)],
    ['the 404 of a proxy', (response) => response.writeHead(404).end('<h1>Not found</h1>')],
    ['the 404 of a renamed realm', (response) => notFound(response, 'Realm not found.')],
  ])('sends %s, which is no state of a user, and no text has a value', async (_, answer) => {
    keycloak.bad = (path) => (path === '/users/u1' ? answer : undefined)
    const error: unknown = await read().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(unavailable)
    expect(textOf(error)).not.toMatch(new RegExp(`${keycloak.secret}|${EMAIL}|Bearer`))
  })

  it('sends no answer, and the read ends after 10 s, or at once with the signal', async () => {
    keycloak.bad = always(() => undefined)
    const slow = read().catch((thrown: unknown) => thrown)
    await expect.poll(() => keycloak.asked.length).toBe(1)
    await clock.advance(ANSWER_WITHIN_MS)
    expect(await slow).toMatchObject({
      ...unavailable,
      message: expect.stringContaining('within 10 s'),
    })
    const ending = new AbortController()
    const ended = connectorOf()
      .read('u1', ending.signal)
      .catch((thrown: unknown) => thrown)
    ending.abort()
    expect(await ended).toMatchObject(unavailable)
  })

  it('refuses a right, and the message names the client', async () => {
    keycloak.bad = (path) =>
      path.startsWith('/users') ? (response) => response.writeHead(403).end() : undefined
    await expect(read()).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('roles of the client freshet'),
    })
  })

  it('gives one token for requests at the same time, and a new one before its end', async () => {
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
    'is not at an address as %s',
    (at) => {
      expect(() => connectorOf(at)).toThrow(expect.objectContaining(refused))
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
    expect(keys).toHaveLength(251)
    expect(new Set(keys)).toEqual(new Set(keycloak.users.keys()))
  })

  it('is read again if a user came after the last page', async () => {
    let counts = 0
    keycloak.bad = (path) => {
      if (path === '/users/count') counts += 1
      if (counts === 2) keycloak.add('z1')
      return undefined
    }
    expect(await listed()).toContain('z1')
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
    const names: readonly string[] = [...keycloak.users.keys()]
    const missed = names.toSorted()[PAGE_ROWS]
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
        ? (response) => response.end(JSON.stringify([fakeUser('u189')]))
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

function connectorOf(at?: string): Required<Connector> {
  const connection = keycloak.connection()
  const { secret } = new FakeKeycloak()
  const parts = { timer: clock, secret: () => secret }
  return keycloakConnector({ ...connection, at: at ?? connection.at }, parts) as Required<Connector>
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
