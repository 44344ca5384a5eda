import type { Hint } from '@freshet/connect'
import type { SourceConnection } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import * as z from 'zod'
import type { AdminApi } from './admin-api.ts'

/** The most events of one request. */
export const EVENTS_PER_PAGE = 500
/** The most requests of one read of events. More events compare all users. */
export const EVENT_PAGES_MAX = 10
/** The most members, and the most groups below a changed group. More of them compare all users. */
export const MEMBERS_MAX = 1_000

/** Events of logins and accounts after which a user has another state. */
export const USER_EVENTS: readonly string[] = [
  'REGISTER',
  'UPDATE_PROFILE',
  'UPDATE_EMAIL',
  'VERIFY_EMAIL',
  'DELETE_ACCOUNT',
  'IDENTITY_PROVIDER_FIRST_LOGIN',
  'USER_DISABLED_BY_PERMANENT_LOCKOUT',
]

/** Resources of which no change reaches a user. A change of an unknown resource compares all users. */
const WITHOUT_USERS =
  /SCOPE|^(?:AUTH|REQUIRED_ACTION|IDENTITY_PROVIDER|PROTOCOL_MAPPER|USER_SESSION|USER_LOGIN|CLUSTER|CLIENT_INITIAL)/

const idForm = z.object({ id: z.string().min(1) })
const eventForm = idForm.extend({
  time: z.number(),
  /** The user, in events of logins and accounts. */
  userId: z.string().optional(),
  /** The changed object, in events of administrators. */
  resourceType: z.string().optional(),
  operationType: z.string().optional(),
  resourcePath: z.string().optional(),
})

/** An event of a realm. */
type RealmEvent = z.infer<typeof eventForm>

/** The users that an event can have changed. */
type Effect =
  | { readonly on: 'none' | 'all' }
  | { readonly on: 'user'; readonly id: string }
  /** The members of the group and of the groups below it. */
  | { readonly on: 'group'; readonly id: string }

const NONE: Effect = { on: 'none' }
const ALL: Effect = { on: 'all' }

/** Decides which users an event can have changed. `readsClients`: the roles of clients are read, by the ids of the clients. */
function effectOf(event: RealmEvent, readsClients: boolean): Effect {
  const { resourceType: type, operationType: operation, resourcePath: path = '', userId } = event
  if (type === undefined) return userId === undefined ? NONE : { on: 'user', id: userId }
  if (WITHOUT_USERS.test(type)) return NONE
  const [place, id, below] = path.split('/')
  // An import has events of the realm with the paths of users.
  if (place === 'users' && id !== undefined && type !== 'USER_PROFILE') return { on: 'user', id }
  if (place === 'groups' && id !== undefined && (type !== 'GROUP' || operation === 'UPDATE'))
    return { on: 'group', id }
  switch (type) {
    case 'GROUP':
      return operation === 'CREATE' || place === 'default-groups' ? NONE : ALL
    case 'REALM':
      return path === '' || path === 'events/config' ? NONE : ALL
    case 'REALM_ROLE':
    case 'CLIENT_ROLE':
      return operation === 'CREATE' && !path.endsWith('/composites') ? NONE : ALL
    case 'CLIENT':
      if (operation === 'UPDATE' && below === undefined && readsClients) return ALL
      return operation === 'DELETE' ? ALL : NONE
    default:
      return ALL
  }
}

/** Gives the changes of a realm from its two lists of events, as hints, until the signal aborts. */
export async function* followEvents(
  { api, connection, timer }: { api: AdminApi; connection: SourceConnection; timer: Timer },
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Hint> {
  const [admin, user] = marksOf(cursor)
  if (user === undefined) yield { kind: 'touched-all', why: 'no event of Keycloak is known' }
  const types = USER_EVENTS.map((type) => `type=${type}&`).join('')
  const lists = [
    new EventList(api, '/admin-events?', admin),
    new EventList(api, `/events?${types}`, user),
  ]
  const readsClients = connection.options.has('clients')
  while (!signal.aborted) {
    const startedMs = timer.monotonicMs()
    // After a clock of Keycloak was set back, its old events of the future do not hide those of now.
    const latestMs = timer.nowMs()
    for (const list of lists) {
      const events = await list.next(latestMs, connection.settleMs, signal)
      yield* hintsOf(api, events, readsClients, signal)
    }
    yield { kind: 'drained', cursor: JSON.stringify(lists.map(({ mark }) => mark)), startedMs }
    await timer.sleep(connection.intervalMs, signal)
  }
}

/** The newest event of a list. The id is empty if the list was empty. */
type Mark = readonly [timeMs: number, id: string]

/** Returns no marks for a cursor that this connector did not write. */
function marksOf(cursor = ''): readonly Mark[] {
  const isOurs = /^\[\[\d{1,15},"[\w-]{0,99}"\],\[\d{1,15},"[\w-]{0,99}"\]\]$/.test(cursor)
  return isOurs ? (JSON.parse(cursor) as readonly Mark[]) : []
}

/**
 * One list of events of a realm. An event can become visible after a newer one. So each read begins `settleMs` before
 * the newest event, and leaves out the events of the read before it.
 */
class EventList {
  readonly #api: AdminApi
  readonly #path: string
  #mark: Mark | undefined
  #known: ReadonlyMap<string, RealmEvent> = new Map()

  constructor(api: AdminApi, path: string, mark: Mark | undefined) {
    this.#api = api
    this.#path = path
    this.#mark = mark
  }

  get mark(): Mark {
    return this.#mark ?? [0, '']
  }

  /** Returns the new events, oldest first, or `undefined` if there can be others: the newest known event is gone. */
  async next(
    latestMs: number,
    settleMs: number,
    signal: AbortSignal,
  ): Promise<readonly RealmEvent[] | undefined> {
    const before = this.#mark
    if (before === undefined) {
      this.#mark = markOf(await this.#page('max=1', signal))
      return []
    }
    const [timeMs, id] = before
    const events = new Map<string, RealmEvent>()
    const fromMs = Math.max(0, Math.min(timeMs, latestMs) - settleMs)
    const isWhole = await this.#readSince(fromMs, events, signal)
    const fresh = [...events.values()].filter((event) => !this.#known.has(event.id))
    this.#known = events
    this.#mark = markOf([...events.values()])
    return isWhole && (id === '' || events.has(id)) ? fresh.toReversed() : undefined
  }

  /** Reads newest events first. A page begins with the last millisecond of the one before it. */
  async #readSince(
    fromMs: number,
    into: Map<string, RealmEvent>,
    signal: AbortSignal,
  ): Promise<boolean> {
    let until = ''
    for (let pages = 0; pages < EVENT_PAGES_MAX; pages += 1) {
      const query = `dateFrom=${fromMs}${until}&max=${EVENTS_PER_PAGE}`
      const page = await this.#page(query, signal)
      for (const event of page) into.set(event.id, event)
      if (page.length < EVENTS_PER_PAGE) return true
      until = `&dateTo=${page.at(-1)?.time}`
    }
    return false
  }

  async #page(query: string, signal: AbortSignal): Promise<readonly RealmEvent[]> {
    return (await this.#api.get(`${this.#path}${query}`, z.array(eventForm), signal)) ?? []
  }
}

function markOf([newest]: readonly RealmEvent[]): Mark {
  return newest === undefined ? [0, ''] : [newest.time, newest.id]
}

async function* hintsOf(
  api: AdminApi,
  events: readonly RealmEvent[] | undefined,
  readsClients: boolean,
  signal: AbortSignal,
): AsyncGenerator<Hint> {
  let why = events === undefined ? 'events of Keycloak are gone, or too many' : undefined
  const groups = new Map<string, number>()
  for (const event of events ?? []) {
    const effect = effectOf(event, readsClients)
    const committedMs = event.time
    if (effect.on === 'user') yield { kind: 'touched', key: effect.id, committedMs }
    if (effect.on === 'group') groups.set(effect.id, committedMs)
    if (effect.on === 'all')
      why ??= `Keycloak has the event ${event.operationType} of ${event.resourceType}`
  }
  for (const [group, committedMs] of groups) {
    if (why !== undefined) break
    const members = await membersOf(api, group, signal)
    if (members === undefined) why = `a changed group has more than ${MEMBERS_MAX} members`
    for (const key of members ?? []) yield { kind: 'touched', key, committedMs }
  }
  if (why !== undefined) yield { kind: 'touched-all', why }
}

/** Returns the members who have the roles of a group, or `undefined` if there are too many. */
async function membersOf(
  api: AdminApi,
  group: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const members = new Set<string>()
  const groups = new Set([group])
  const addIds = async (path: string, into: Set<string>): Promise<void> => {
    for await (const page of api.pages(`${path}?briefRepresentation=true`, idForm, signal)) {
      for (const { id } of page) into.add(id)
      if (into.size > MEMBERS_MAX) return
    }
  }
  for (const each of groups) {
    const at = `/groups/${encodeURIComponent(each)}`
    await addIds(`${at}/members`, members)
    await addIds(`${at}/children`, groups)
    if (members.size > MEMBERS_MAX || groups.size > MEMBERS_MAX) return undefined
  }
  return members
}
