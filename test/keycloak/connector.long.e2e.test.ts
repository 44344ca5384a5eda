import {
  CURSOR_BYTES_MAX,
  type Connector,
  type Drained,
  type Hint,
  type Row,
} from '@freshet/connect'
import { keycloakConnector } from '@freshet/connectors'
import { keycloakAvailability, startKeycloak, type LocalKeycloak } from '@freshet/local-keycloak'
import type { SourceConnection } from '@freshet/protocol'
import { systemClock } from '@freshet/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  connectorRealm,
  DEPARTMENTS,
  LDAP,
  PERSON,
  tokenOf,
  type Account,
} from './connector-realm.ts'
import { asAdmin } from './keycloak-client.ts'

/** Keycloak needs half a minute of CPU time, beside other processes. */
const START_WITHIN_MS = 1_000_000
const USERS = 1_000
const userName = (at: number): string => `user-${String(at).padStart(4, '0')}`
const SETTLE_MS = 3_000
const INTERVAL_MS = 200
/** A pass of this length, and a list of this length, would be of no use. They take about 10 ms and 4 s. */
const POLL_WITHIN_MS = 2_000
const LIST_WITHIN_MS = 60_000
const WITHIN = { timeout: 60_000, interval: 20 }

const found = await keycloakAvailability()

it.runIf(process.env['CI'] !== undefined)('Keycloak can be started where CI runs', () => {
  expect(found).toEqual({ available: true })
})

describe.runIf(found.available)('the connector of Keycloak, on an unmodified Keycloak', () => {
  let keycloak: LocalKeycloak
  let following: Promise<void> | undefined
  const ending = new AbortController()
  const { signal } = ending

  const admin = (path: string, method?: string, body?: object): Promise<unknown> =>
    asAdmin(keycloak, path, body, method)
  /** The only object of a list with this name. */
  const named = async (path: string, name: string): Promise<Named> => {
    const all = (await admin(path)) as readonly Named[]
    const one = all.find((each) => [each.name, each.username, each.clientId].includes(name))
    if (one === undefined) throw new Error(`Keycloak has no ${name} in ${path}.`)
    return one
  }
  const userOf = (name: string): Promise<Named> => named(`/users?exact=true&username=${name}`, name)
  const groupOf = (name: string): Promise<Named> => named(`/groups?exact=true&search=${name}`, name)
  const roleOf = (name: string): Promise<Named> => named(`/roles?search=${name}`, name)

  function connectionOf(account: Account, clients?: string): SourceConnection {
    return {
      kind: 'keycloak',
      at: keycloak.issuer,
      tenant: 'acme',
      settleMs: SETTLE_MS,
      intervalMs: INTERVAL_MS,
      compareMs: 600_000,
      subject: { iss: keycloak.issuer, sub: '/id' },
      account: true,
      claims: new Map(),
      options: new Map([['client', account], ...(clients ? [['clients', clients] as const] : [])]),
    }
  }
  const connectorOf = (account: Account, clients?: string): Required<Connector> => {
    const parts = { timer: systemClock, secret: () => account }
    return keycloakConnector(connectionOf(account, clients), parts) as Required<Connector>
  }
  const listed = async (connector: Required<Connector>): Promise<Map<string, Row>> => {
    const rows = new Map<string, Row>()
    for await (const row of connector.list(signal)) {
      expect(rows.has(row.key)).toBe(false)
      rows.set(row.key, row)
    }
    return rows
  }

  beforeAll(async () => {
    const onProgress = (line: string): void => void process.stderr.write(`${line}\n`)
    keycloak = await startKeycloak({ realm: connectorRealm(), onProgress })
    await keycloak.ready()
    following = (async () => {
      for await (const hint of connectorOf('clients', 'app').hints(undefined, signal))
        seen.push(hint)
    })()
  }, START_WITHIN_MS)
  afterAll(async () => {
    ending.abort()
    // A read that is under way at the end fails.
    await following?.catch(() => undefined)
    await keycloak?.stop()
  })

  const seen: Hint[] = []
  /** Resolves after a pass that began after this moment, with the hints since the given place. */
  async function whole(from: number): Promise<readonly Hint[]> {
    const nowMs = systemClock.monotonicMs()
    const isWhole = (hint: Hint): boolean => hint.kind === 'drained' && hint.startedMs >= nowMs
    await expect.poll(() => seen.slice(from).some(isWhole), WITHIN).toBe(true)
    return seen.slice(from).filter(({ kind }) => kind !== 'drained')
  }
  /** Returns the keys of the hints of a change, each with the number of its hints; `*` stands for all subjects. */
  async function announced(change: () => Promise<unknown>): Promise<readonly string[]> {
    const from = seen.length
    await change()
    return (await whole(from)).map((hint) => (hint.kind === 'touched' ? hint.key : '*')).toSorted()
  }
  /** Returns the keys of the hints up to the end of the first pass. */
  async function firstPass(
    connector: Required<Connector>,
    cursor?: string,
  ): Promise<readonly string[]> {
    const keys: string[] = []
    for await (const hint of connector.hints(cursor, signal)) {
      if (hint.kind === 'drained') break
      keys.push(hint.kind === 'touched' ? hint.key : '*')
    }
    return keys
  }
  const stateOf = async (key: string): Promise<State | undefined> =>
    (await connectorOf('clients', 'app').read(key, signal)) as State | undefined

  describe('hints', () => {
    it('begin with all subjects, and a cursor of a few bytes', async () => {
      await whole(0)
      expect(seen[0]).toMatchObject({ kind: 'touched-all' })
      const cursors = seen.flatMap((hint) => (hint.kind === 'drained' ? [hint.cursor] : []))
      for (const cursor of cursors) expect(cursor.length).toBeLessThan(CURSOR_BYTES_MAX)
    })

    it('name each user of a large import once, though many have one millisecond', async () => {
      const users = Array.from({ length: USERS }, (_, at) => ({
        username: userName(at),
        email: `${userName(at)}@acme.example`,
        enabled: true,
        groups: [`/department-${at % DEPARTMENTS}/team-0`],
        realmRoles: ['default-roles-acme'],
      }))
      const keys = await announced(() => admin('/partialImport', 'POST', { users }))
      expect(keys).toHaveLength(USERS)
      expect(new Set(keys).size).toBe(USERS)
    })

    it('name a user who gets or loses a role', async () => {
      const { id } = await userOf('user-0001')
      const body = [await roleOf('auditor')]
      const path = `/users/${id}/role-mappings/realm`
      expect(await announced(() => admin(path, 'POST', body))).toEqual([id])
      expect((await stateOf(id))?.attributes.roles).toContain('auditor')
      expect(await announced(() => admin(path, 'DELETE', body))).toEqual([id])
      expect((await stateOf(id))?.attributes.roles).not.toContain('auditor')
    })

    it('name a user who gets or loses a role of a client', async () => {
      const { id } = await userOf('user-0001')
      const app = await named('/clients?clientId=app', 'app')
      const path = `/users/${id}/role-mappings/clients/${app.id}`
      const body = [await named(`/clients/${app.id}/roles`, 'editor')]
      expect(await announced(() => admin(path, 'POST', body))).toEqual([id])
      expect((await stateOf(id))?.attributes.clientRoles).toEqual({ app: ['editor'] })
      expect(await announced(() => admin(path, 'DELETE', body))).toEqual([id])
      expect((await stateOf(id))?.attributes.clientRoles).toEqual({ app: [] })
    })

    it('name a user who leaves a group, who loses the roles of its parent, too', async () => {
      const { id } = await userOf('user-0000')
      const group = await named(`/groups/${(await groupOf('department-0')).id}/children`, 'team-0')
      expect((await stateOf(id))?.attributes).toMatchObject({
        groups: expect.arrayContaining([
          { id: group.id, name: 'team-0', path: '/department-0/team-0' },
        ]),
        roles: expect.arrayContaining(['approver', 'reader']),
      })
      expect(await announced(() => admin(`/users/${id}/groups/${group.id}`, 'DELETE'))).toEqual([
        id,
      ])
      expect((await stateOf(id))?.attributes.groups).toEqual([])
      expect((await stateOf(id))?.attributes.roles).not.toContain('approver')
      await admin(`/users/${id}/groups/${group.id}`, 'PUT')
    })

    it('name the members of a group that loses a role, and of the groups below it', async () => {
      const group = await groupOf('department-1')
      const team = await named(`/groups/${group.id}/children`, 'team-0')
      const members = (await admin(`/groups/${team.id}/members?max=999`)) as readonly Named[]
      expect(members.length).toBeGreaterThan(100)
      const path = `/groups/${group.id}/role-mappings/realm`
      const keys = await announced(async () => admin(path, 'DELETE', [await roleOf('approver')]))
      expect(keys).toEqual(members.map(({ id }) => id).toSorted())
      expect((await stateOf(keys[0] ?? ''))?.attributes.roles).not.toContain('approver')
    })

    it('name the members of a group that is renamed or moved', async () => {
      const group = await groupOf('department-2')
      const team = await named(`/groups/${group.id}/children`, 'team-0')
      const { length } = (await admin(`/groups/${team.id}/members?max=999`)) as readonly Named[]
      const renamed = { ...group, name: 'division-2' }
      expect(await announced(() => admin(`/groups/${group.id}`, 'PUT', renamed))).toHaveLength(
        length,
      )
      const other = await groupOf('empty')
      const keys = await announced(() => admin(`/groups/${other.id}/children`, 'POST', team))
      expect(keys).toHaveLength(length)
      const paths = (await stateOf(keys[0] ?? ''))?.attributes.groups.map(({ path }) => path)
      expect(paths).toEqual(['/empty/team-0'])
    })

    it('name all for a deleted group', async () => {
      const { id } = await userOf('user-0003')
      const group = await groupOf('department-3')
      expect(await announced(() => admin(`/groups/${group.id}`, 'DELETE'))).toEqual(['*'])
      expect((await stateOf(id))?.attributes.groups).toEqual([])
    })

    it('name all for a composite role that changes, and for a role that is deleted', async () => {
      const { id } = await userOf('user-0000')
      const path = `/roles-by-id/${(await roleOf('approver')).id}/composites`
      const body = [await roleOf('reader')]
      expect(await announced(() => admin(path, 'DELETE', body))).toEqual(['*'])
      expect((await stateOf(id))?.attributes.roles).not.toContain('reader')
      expect(await announced(() => admin(path, 'POST', body))).toEqual(['*'])
      expect((await stateOf(id))?.attributes.roles).toContain('reader')
      expect(await announced(() => admin('/roles/reader', 'DELETE'))).toEqual(['*'])
      expect((await stateOf(id))?.attributes.roles).not.toContain('reader')
    })

    it('name a user who is disabled or deleted', async () => {
      const { id } = await userOf('user-0004')
      const disable = (): Promise<unknown> => admin(`/users/${id}`, 'PUT', { enabled: false })
      expect(await announced(disable)).toEqual([id])
      expect((await stateOf(id))?.enabled).toBe(false)
      expect(await announced(() => admin(`/users/${id}`, 'DELETE'))).toEqual([id])
      expect(await stateOf(id)).toBeUndefined()
    })

    it('name a user who changes the own profile', async () => {
      const { id } = await userOf('self')
      const token = await tokenOf(keycloak, 'self')
      const profile = { username: 'self', email: 'new@acme.example', firstName: 'S', lastName: 'F' }
      const change = async (): Promise<void> => {
        const response = await fetch(`${keycloak.issuer}/account`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(profile),
        })
        expect(response.status).toBe(204)
      }
      expect(await announced(change)).toEqual([id])
      expect((await stateOf(id))?.attributes.email).toBe('new@acme.example')
    })

    it('name all for a federation that synchronizes, and for an import', async () => {
      expect(await announced(() => admin('/components', 'POST', LDAP))).toEqual(['*'])
      const { id } = await named('/components', LDAP.name)
      const sync = `/user-storage/${id}/sync?action=triggerFullSync`
      expect(await announced(() => admin(sync, 'POST', {}))).toEqual(['*'])
      const sentences = await connectorOf('check').check(signal)
      expect(sentences.filter((sentence) => sentence.includes(LDAP.name))).toHaveLength(2)
      const link = { federationLink: id, attributes: { LDAP_ID: ['1'], LDAP_ENTRY_DN: ['uid=x'] } }
      const users = [{ username: 'far', enabled: true, ...link }]
      expect(await announced(() => admin('/partialImport', 'POST', { users }))).not.toEqual([])
      // The directory does not answer, and Keycloak shows its enabled user as disabled.
      expect((await stateOf((await userOf('far')).id))?.enabled).toBe(false)
      expect(await announced(() => admin(`/components/${id}`, 'DELETE'))).toEqual(['*'])
      const roles = { ifResourceExists: 'SKIP', roles: { realm: [{ name: 'imported' }] } }
      expect(await announced(() => admin('/partialImport', 'POST', roles))).toEqual(['*'])
    })

    it('name no user for a setting of the realm, a new role, a new group and a client scope', async () => {
      const changes = async (): Promise<void> => {
        await admin('', 'PUT', { displayName: 'Acme' })
        await admin('/roles', 'POST', { name: 'unused' })
        await admin('/groups', 'POST', { name: 'unused' })
        await admin('/client-scopes', 'POST', { name: 'unused', protocol: 'openid-connect' })
      }
      expect(await announced(changes)).toEqual([])
    })

    it('name all once after an administrator removed the events', async () => {
      expect(await announced(() => admin('/admin-events', 'DELETE'))).toEqual(['*'])
      const { id } = await userOf('user-0005')
      const change = (): Promise<unknown> => admin(`/users/${id}`, 'PUT', { enabled: true })
      expect(await announced(change)).toEqual([id])
    })

    it('go on from a cursor, and name what happened in between', async () => {
      const { id } = await userOf('user-0006')
      const last = seen.findLast((hint) => hint.kind === 'drained')
      const cursor = last?.kind === 'drained' ? last.cursor : undefined
      await admin(`/users/${id}`, 'PUT', { enabled: false })
      const keys = await firstPass(connectorOf('clients'), cursor)
      expect(keys).toContain(id)
      expect(keys).not.toContain('*')
    })
  })

  describe('a list of 1,000 users', () => {
    it('has each user as a read has, and no service account', async () => {
      const connector = connectorOf('clients', 'app')
      const rows = await listed(connector)
      expect(rows.size).toBe(await admin('/users/count'))
      for (const row of rows.values()) expect(await connector.read(row.key, signal)).toEqual(row)
      const client = await named('/clients?clientId=least', 'least')
      const account = (await admin(`/clients/${client.id}/service-account-user`)) as Named
      expect(rows.has(account.id)).toBe(false)
      expect(await connector.read(account.id, signal)).toBeUndefined()
      const { id } = await userOf(PERSON)
      expect(rows.get(id)?.attributes).toMatchObject({ username: PERSON })
    })

    it('is read in seconds, and its events in milliseconds', async () => {
      const connector = connectorOf('least')
      const listMs = await lengthOf(() => listed(connector))
      const from = (seen.findLast(({ kind }) => kind === 'drained') as Drained).cursor
      const polls: number[] = []
      for (let poll = 0; poll < 20; poll += 1) {
        polls.push(await lengthOf(() => firstPass(connector, from)))
      }
      const pollMs = polls.toSorted((a, b) => a - b)[10] ?? Infinity
      process.stderr.write(
        `Keycloak: ${listMs.toFixed()} ms a list, ${pollMs.toFixed(1)} ms a poll\n`,
      )
      expect(listMs).toBeLessThan(LIST_WITHIN_MS)
      expect(pollMs).toBeLessThan(POLL_WITHIN_MS)
    })
  })

  describe('the rights of the service account', () => {
    it('are view-users and view-events for hints, reads and lists', async () => {
      const connector = connectorOf('least')
      const { id } = await userOf('user-0007')
      expect(await connector.read(id, signal)).toMatchObject({ key: id, enabled: true })
      expect(await firstPass(connector)).toEqual(['*'])
    })

    it('are refused one by one where they are missing', async () => {
      const { id } = await userOf('user-0007')
      const refused = { code: 'connect.refused' }
      const without = connectorOf('queries')
      await expect(without.read(id, signal)).rejects.toMatchObject(refused)
      await expect(connectorOf('least', 'app').read(id, signal)).rejects.toMatchObject(refused)
      const wrong = keycloakConnector(connectionOf('least'), {
        timer: systemClock,
        secret: () => 'x',
      })
      await expect(wrong.read?.(id, signal)).rejects.toMatchObject(refused)
    })

    it('cannot make a list short: one without a right to users is no list', async () => {
      const list = listed(connectorOf('queries'))
      await expect(list).rejects.toMatchObject({ code: 'connect.unavailable' })
    })

    it('decide what a check can name', async () => {
      expect(await connectorOf('check').check(signal)).toEqual([])
      const sentences = await connectorOf('least').check(signal)
      expect(sentences.join()).toMatch(/view-realm.*view-identity-providers/s)
    })
  })

  it('a check names events that are off or kept for a short time', async () => {
    const short = { eventsExpiration: 900, adminEventsEnabled: true, eventsEnabled: false }
    await admin('/events/config', 'PUT', short)
    await admin('', 'PUT', { attributes: { adminEventsExpiration: '120' } })
    await expect(connectorOf('check').check(signal)).resolves.toEqual([
      expect.stringMatching(/REGISTER, UPDATE_PROFILE/),
      expect.stringMatching(/admin events after 120 s/),
      expect.stringMatching(/user events after 900 s/),
    ])
    await admin('/events/config', 'PUT', { adminEventsEnabled: false })
    expect((await connectorOf('check').check(signal)).join()).toMatch(/Admin events are off/)
  })
})

interface Named {
  readonly id: string
  readonly name?: string
  readonly username?: string
  readonly clientId?: string
}
interface State extends Row {
  readonly attributes: {
    readonly email: string
    readonly groups: readonly { readonly path: string }[]
    readonly roles: readonly string[]
    readonly clientRoles: Readonly<Record<string, readonly string[]>>
  }
}

async function lengthOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = systemClock.monotonicMs()
  await work()
  return systemClock.monotonicMs() - startedMs
}
