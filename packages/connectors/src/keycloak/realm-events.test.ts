import type { Connector, Drained, Hint } from '@freshet/connect'
import { FakeKeycloak, ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keycloakConnector } from './keycloak-connector.ts'
import { EVENTS_PER_PAGE, EVENT_PAGES_MAX, MEMBERS_MAX } from './realm-events.ts'

const unavailable = { code: 'connect.unavailable' }
const { signal } = new AbortController()

let keycloak: FakeKeycloak
let clock: ManualClock
beforeEach(async () => {
  clock = new ManualClock()
  keycloak = new FakeKeycloak()
  await keycloak.start()
})
afterEach(() => keycloak.stop())

describe('events of a realm', () => {
  const { settleMs } = new FakeKeycloak().connection()

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
    keycloak.announce('users/late', 'USER', 'UPDATE', newestMs - settleMs)
    expect(await follower.pass()).toEqual(['late'])
    keycloak.announce('users/too-late', 'USER', 'UPDATE', newestMs - settleMs - 1)
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
  ])('name their users: %s %s at %s: %j', async (type, operation, path, keys) => {
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

  it('compare all users for a changed client where roles of clients are read', async () => {
    const follower = followerOf(undefined, { clients: 'app' })
    await follower.pass()
    keycloak.announce('clients/c1', 'CLIENT', 'UPDATE')
    expect(await follower.pass()).toEqual(['*'])
  })

  it('name the user who deletes the own account', async () => {
    const follower = followerOf()
    await follower.pass()
    keycloak.logins.push({ id: 'l1', time: keycloak.nowMs, type: 'DELETE_ACCOUNT', userId: 'u9' })
    expect(await follower.pass()).toEqual(['u9'])
    expect(await connectorOf().read?.('u9', signal)).toBeUndefined()
  })
})

function connectorOf(options: Readonly<Record<string, string>> = {}): Required<Connector> {
  const parts = { timer: clock, secret: () => keycloak.secret }
  return keycloakConnector(keycloak.connection(options), parts) as Required<Connector>
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
      if (last !== undefined) await clock.advance(keycloak.connection().intervalMs)
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
