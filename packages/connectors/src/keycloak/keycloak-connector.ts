import type { Connector, Row } from '@freshet/connect'
import { FreshetError, type SourceConnection } from '@freshet/protocol'
import * as z from 'zod'
import { AdminApi, unavailable, type AdminApiParts } from './admin-api.ts'
import { followEvents, USER_EVENTS } from './realm-events.ts'

/** Users of a list that are read at a time. Each needs two requests, and one more for each client. */
const READS_AT_ONCE = 8
/** The times that a list is read until its end is proven. */
const LIST_RUNS_MAX = 3
const DAY_S = 86_400

const id = z.string().min(1)
const userForm = z.object({
  id,
  username: z.string(),
  email: z.string().optional(),
  enabled: z.boolean(),
  attributes: z.record(z.string(), z.array(z.string())).optional(),
})
const groupsForm = z.array(z.object({ id, name: z.string(), path: z.string() }))
const rolesForm = z.array(z.object({ name: z.string() }))
const clientsForm = z.array(z.object({ id, clientId: z.string() }))
const configForm = z.object({
  adminEventsEnabled: z.boolean(),
  eventsEnabled: z.boolean(),
  eventsExpiration: z.number().optional(),
  enabledEventTypes: z.array(z.string()),
})
const realmForm = z.object({ attributes: z.record(z.string(), z.string()).optional() })
const namedForm = z.array(z.object({ name: z.string() }))
const aliasedForm = z.array(z.object({ alias: z.string() }))
const FEDERATIONS = '/components?type=org.keycloak.storage.UserStorageProvider'
const IDENTITY_PROVIDERS = '/identity-provider/instances'

/**
 * Reads the users of a Keycloak realm with their groups and effective roles, by the admin API of Keycloak 26.7 alone.
 * Effective roles are those of the user, of groups and their parents, and of composite roles. Service accounts are left
 * out, as in the list of users of Keycloak.
 *
 * Options: `client`, the service account (default `freshet`); `clients`, the ids of clients whose roles are read,
 * separated by commas. The service account needs the roles `view-users` and `view-events` of `realm-management`. With
 * `clients` it also needs `view-clients`, which shows it the secrets of clients. Only `check` uses `view-realm` and
 * `view-identity-providers`.
 *
 * @throws `connect.refused` if `connection.at` is not the address of a realm by https or on loopback
 */
export function keycloakConnector(connection: SourceConnection, parts: AdminApiParts): Connector {
  const api = new AdminApi(connection, parts)
  const clients = connection.options.get('clients')?.split(',') ?? []
  return {
    covers: 'upstream',
    hints: (cursor, signal) =>
      followEvents({ api, connection, timer: parts.timer }, cursor, signal),
    read: (key, signal) => readUser(api, clients, key, signal),
    list: (signal) => listUsers(api, clients, signal),
    check: (signal) => unannounced(api, signal),
  }
}

async function readUser(
  api: AdminApi,
  clients: readonly string[],
  key: string,
  signal: AbortSignal,
): Promise<Row | undefined> {
  const user = await api.get(`/users/${encodeURIComponent(key)}`, userForm, signal)
  if (user === undefined) return undefined
  if (user.id !== key) throw unavailable('Keycloak answered with another user.')
  if (user.username.startsWith('service-account-')) {
    // A person can have such a name, too. A search leaves service accounts out, and a filter by name does not.
    const path = `/users?search=${encodeURIComponent(`"${user.username}"`)}`
    const listed = await api.get(path, z.array(userForm), signal)
    if (listed?.some((each) => each.id === key) !== true) return undefined
  }
  return rowOf(api, user, await idsOf(api, clients, signal), signal)
}

/** Internal ids of clients. A client that does not exist has none, and no roles. */
type ClientIds = readonly (readonly [clientId: string, internalId: string | undefined])[]

async function idsOf(
  api: AdminApi,
  clients: readonly string[],
  signal: AbortSignal,
): Promise<ClientIds> {
  const found = clients.map(async (clientId) => {
    const path = `/clients?clientId=${encodeURIComponent(clientId)}`
    const all = await api.get(path, clientsForm, signal)
    return [clientId, all?.find((each) => each.clientId === clientId)?.id] as const
  })
  return Promise.all(found)
}

/** Returns nothing for a user that was deleted meanwhile. */
async function rowOf(
  api: AdminApi,
  { id: key, username, email, enabled, attributes = {} }: z.infer<typeof userForm>,
  clients: ClientIds,
  signal: AbortSignal,
): Promise<Row | undefined> {
  const at = `/users/${encodeURIComponent(key)}`
  const rolesAt = async (path: string): Promise<readonly string[] | undefined> =>
    (await api.get(`${at}/role-mappings/${path}/composite`, rolesForm, signal))?.map(
      ({ name }) => name,
    )
  const [groups, roles, ...clientRoles] = await Promise.all([
    api.get(`${at}/groups`, groupsForm, signal),
    rolesAt('realm'),
    ...clients.map(([, clientId]) =>
      clientId === undefined ? [] : rolesAt(`clients/${clientId}`),
    ),
  ])
  if (groups === undefined || roles === undefined) return undefined
  const byClient = clients.map(([clientId], place) => [clientId, clientRoles[place] ?? []])
  const read = { groups, roles, clientRoles: Object.fromEntries(byClient), attributes }
  return { key, enabled, attributes: { id: key, username, email: email ?? null, ...read } }
}

async function* listUsers(
  api: AdminApi,
  clients: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const given = new Set<string>()
  for (let run = 1; ; run += 1) {
    try {
      yield* listNewUsers(api, clients, given, signal)
      return
    } catch (error) {
      const isPassing = error instanceof FreshetError && error.code === 'connect.unavailable'
      if (!isPassing || run === LIST_RUNS_MAX || signal.aborted) throw error
    }
  }
}

/** Lists all users once, and gives those that no earlier run gave. */
async function* listNewUsers(
  api: AdminApi,
  clients: readonly string[],
  given: Set<string>,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const ids = await idsOf(api, clients, signal)
  const before = await api.get('/users/count', z.number(), signal)
  let listed = 0
  for await (const page of api.pages('/users?briefRepresentation=false', userForm, signal)) {
    listed += page.length
    const users = page.filter((user) => !given.has(user.id))
    for (let at = 0; at < users.length; at += READS_AT_ONCE) {
      const some = users.slice(at, at + READS_AT_ONCE)
      const rows = await Promise.all(some.map((user) => rowOf(api, user, ids, signal)))
      for (const row of rows.filter((each) => each !== undefined)) {
        given.add(row.key)
        yield row
      }
    }
  }
  const after = await api.get('/users/count', z.number(), signal)
  if (listed !== before || listed !== after)
    throw unavailable(`Keycloak counts ${before} users, then ${after}, and lists ${listed}.`)
}

async function unannounced(api: AdminApi, signal: AbortSignal): Promise<readonly string[]> {
  await api.get('/users/count', z.number(), signal)
  const config = await api.get('/events/config', configForm, signal)
  const realm = await unlessRefused(api.get('', realmForm, signal))
  const federations = await unlessRefused(api.get(FEDERATIONS, namedForm, signal))
  const providers = await unlessRefused(api.get(IDENTITY_PROVIDERS, aliasedForm, signal))
  const types = config?.eventsEnabled === true ? config.enabledEventTypes : []
  const missing = USER_EVENTS.filter((type) => !types.includes(type))
  const kept = [
    ['admin events', Number(realm?.attributes?.['adminEventsExpiration'] ?? 0)],
    ['user events', config?.eventsExpiration ?? 0],
  ] as const
  return [
    ...(config?.adminEventsEnabled === true
      ? []
      : ['Admin events are off, so no change of an administrator is announced.']),
    ...(missing.length === 0
      ? []
      : [`Keycloak stores no user events of these types: ${missing.join(', ')}.`]),
    ...kept
      .filter(([, seconds]) => seconds > 0 && seconds < DAY_S)
      .map(([name, seconds]) => `Keycloak removes ${name} after ${seconds} s.`),
    ...(federations ?? []).flatMap(({ name }) => [
      `The user federation ${name} has no event for the users that a login or a regular synchronization changes.`,
      `While the directory of ${name} does not answer, Keycloak shows its users as disabled or absent.`,
    ]),
    ...(providers ?? []).map(
      ({ alias }) =>
        `A later login through the identity provider ${alias} can change a user without an event.`,
    ),
    ...(federations === undefined
      ? ['User federations are unknown, because the client does not have the role view-realm.']
      : []),
    ...(providers === undefined
      ? [
          'Identity providers are unknown, because the client does not have the role view-identity-providers.',
        ]
      : []),
  ]
}

async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'connect.refused') return undefined
    throw error
  }
}
