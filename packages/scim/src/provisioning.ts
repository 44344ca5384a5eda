import { isDeepStrictEqual } from 'node:util'
import { FreshetError, type Clock } from '@freshet/protocol'
import type { ResourceKind } from './attributes.ts'
import { foldCase, readFilter, type ResourceFilter } from './filter.ts'
import { applyPatch } from './patch.ts'
import { etagOf, readResource, type ScimResource, type Stated } from './resource.ts'
import { badRequest, ScimError } from './scim-error.ts'
import type { GroupOfUser, ScimName, ScimStore } from './scim-store.ts'
import { narrowedState, userState, type UserState } from './user-state.ts'

/** The most resources of one answer. */
export const COUNT_MAX = 200
/** The most resources that one list reads. */
export const SCANNED_MAX = 100_000
/** The most writes that wait for the one before them. */
export const WRITES_WAITING_MAX = 100
/** Groups with fewer members are never held. */
const HELD_FROM_MEMBERS = 10
const PAGE = 1_000

/** Sends states of users to Freshet. */
export interface Delivery {
  /**
   * Resolves when Freshet has accepted each state.
   *
   * @throws `connect.unavailable` if this process does not work for the source, or Freshet did not answer in time
   */
  deliver(states: readonly DeliveredState[]): Promise<void>
}

/** A state, or the last one of a user that is gone. */
export type DeliveredState = UserState & { readonly isGone?: true }

/** The parts of the provisioning of one source in one tenant. */
export interface ProvisioningParts {
  readonly store: ScimStore
  readonly delivery: Delivery
  readonly clock: Clock
  readonly newId: () => string
  /** The member of a user that has the name of the subject. */
  readonly subjectMember: string
  /** The share of the members of a group, 0 to 1, that a list can leave out. */
  readonly removalShare: number
}

/** A resource, and the groups of a user or the members of a group. */
export interface Shown {
  readonly resource: ScimResource
  readonly groups: readonly GroupOfUser[]
  readonly members: ReadonlySet<string>
}

/** A page of a list. `total` counts all resources that match. */
export interface Listed {
  readonly total: number
  readonly shown: readonly Shown[]
}

/**
 * The users and groups that a provisioner sends. Freshet gets every removal before the commit, and every grant after it.
 * A crash in between removes too early and never too late, and the comparison repairs it. Each method resolves only after
 * Freshet has accepted the states. Writes follow each other, so a state is never older than the one before it.
 *
 * A write delivers the states of all users that it names, even if nothing changed. So a provisioner that repeats a
 * request after an error corrects what the error left.
 *
 * @throws `ScimError` for requests that are refused, and errors of the ports
 */
export class Provisioning {
  readonly #parts: ProvisioningParts
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(parts: ProvisioningParts) {
    this.#parts = parts
  }

  create(kind: ResourceKind, body: unknown): Promise<Shown> {
    const stated = readResource(kind, body)
    return this.#inTurn(() => this.#put(kind, undefined, { ...stated, named: stated.members }))
  }

  /** Replaces a resource by a PUT. Members that the list leaves out leave the group. */
  replace(kind: ResourceKind, id: string, body: unknown, ifMatch?: string): Promise<Shown> {
    const stated = readResource(kind, body)
    return this.#inTurn(async () => {
      const before = await this.#current(kind, id, ifMatch)
      const omitted = without(before.members, stated.members)
      this.#holdMassRemoval(before.members, omitted)
      return this.#put(kind, before, { ...stated, named: stated.members })
    })
  }

  patch(kind: ResourceKind, id: string, body: unknown, ifMatch?: string): Promise<Shown> {
    return this.#inTurn(async () => {
      const before = await this.#current(kind, id, ifMatch)
      const { attributes } = before.resource
      const patched = applyPatch(kind, id, { attributes, members: before.members }, body)
      this.#holdMassRemoval(before.members, patched.omitted)
      return this.#put(kind, before, patched)
    })
  }

  remove(kind: ResourceKind, id: string, ifMatch?: string): Promise<void> {
    return this.#inTurn(async () => {
      const before = await this.#current(kind, id, ifMatch)
      const states = await this.#states(kind === 'User' ? [id] : [...before.members])
      const { delivery, store } = this.#parts
      if (kind === 'User')
        await delivery.deliver(states.map((state) => ({ ...state, isGone: true as const })))
      else await delivery.deliver(states.map((state) => withGroup(state, id, undefined)))
      const expected = before.resource.version
      requireWritten(await store.write({ remove: { kind, id }, expected }))
    })
  }

  async read(kind: ResourceKind, id: string): Promise<Shown> {
    const [shown] = await this.#shown(await this.#parts.store.find(kind, 'id', id, 1))
    if (shown === undefined) throw notFound()
    return shown
  }

  /** Lists resources by id. `startIndex` begins at 1, and `count` is at most {@link COUNT_MAX}. */
  async list(
    kind: ResourceKind,
    query: { readonly filter?: string; readonly startIndex: number; readonly count: number },
  ): Promise<Listed> {
    const filter = query.filter === undefined ? undefined : readFilter(kind, query.filter)
    const found = await this.#matching(kind, filter)
    const start = Math.max(1, query.startIndex) - 1
    const count = Math.min(COUNT_MAX, Math.max(0, query.count))
    return {
      total: found.length,
      shown: await this.#shown(found.slice(start, start + count)),
    }
  }

  async #matching(
    kind: ResourceKind,
    filter: ResourceFilter | undefined,
  ): Promise<readonly ScimResource[]> {
    const { store } = this.#parts
    const found: ScimResource[] = []
    const name = filter?.equals && nameOf(kind, filter.equals)
    if (name !== undefined) return store.find(kind, ...name, PAGE)
    let scanned = 0
    for await (const page of this.#pages(kind)) {
      scanned += page.length
      if (scanned > SCANNED_MAX)
        throw badRequest('tooMany', 'There are too many resources. Filter by a name or an id.')
      found.push(...page.filter((each) => filter?.matches(filterable(each)) ?? true))
    }
    return found
  }

  async *#pages(kind: ResourceKind): AsyncGenerator<readonly ScimResource[]> {
    let after = ''
    for (;;) {
      const page = await this.#parts.store.page(kind, after, PAGE)
      const last = page.at(-1)
      if (last === undefined) return
      yield page
      after = last.id
    }
  }

  /**
   * Gives the state of every user. It begins when the write under way is complete, because that one has possibly sent a
   * removal that is not committed yet.
   */
  async *states(): AsyncGenerator<UserState> {
    await this.#last
    for await (const page of this.#pages('User')) {
      const groups = await this.#parts.store.groupsOf(page.map(({ id }) => id))
      for (const user of page) yield userState(user, groups.get(user.id) ?? [])
    }
  }

  async #current(kind: ResourceKind, id: string, ifMatch: string | undefined): Promise<Shown> {
    const shown = await this.read(kind, id)
    if (ifMatch === undefined || ifMatch === '*') return shown
    const tags = ifMatch.split(',').map((tag) => tag.trim())
    if (tags.includes(etagOf(shown.resource.version))) return shown
    throw changedMeanwhile()
  }

  async #put(
    kind: ResourceKind,
    before: Shown | undefined,
    { attributes, members, named }: Stated & { readonly named: ReadonlySet<string> },
  ): Promise<Shown> {
    const { store, delivery, clock, newId, subjectMember } = this.#parts
    const nowMs = clock.nowMs()
    const resource: ScimResource = {
      kind,
      id: before?.resource.id ?? newId(),
      attributes,
      version: (before?.resource.version ?? 0) + 1,
      createdMs: before?.resource.createdMs ?? nowMs,
      changedMs: nowMs,
    }
    const { id } = resource
    const had = before?.members ?? new Set<string>()
    const joining = [...without(members, had)]
    const leaving = [...without(had, members)]
    await this.#requireUsers(joining)
    const isRenamed =
      before !== undefined && !isDeepStrictEqual(groupOf(before.resource), groupOf(resource))
    const affected =
      kind === 'User'
        ? [id]
        : [...new Set([...joining, ...leaving, ...named, ...(isRenamed ? [...had] : [])])]
    const states = await this.#states(affected)
    const after =
      kind === 'User'
        ? [userState(resource, before?.groups ?? [])]
        : states.map((state) =>
            withGroup(state, id, members.has(state.key) ? groupOf(resource) : undefined),
          )
    const afterOf = new Map(after.map((state) => [state.key, state]))
    const narrower = states.flatMap((state) => {
      const next = narrowedState(state, afterOf.get(state.key) ?? state, subjectMember)
      return isDeepStrictEqual(next, state) ? [] : [next]
    })
    if (narrower.length > 0) await delivery.deliver(narrower)
    const isSame =
      before !== undefined &&
      joining.length + leaving.length === 0 &&
      isDeepStrictEqual(before.resource.attributes, attributes)
    if (!isSame)
      requireWritten(
        await store.write({
          put: { ...resource, nameKey: foldCase(nameIn(resource)) },
          ...(before !== undefined && { expected: before.resource.version }),
          joining,
          leaving,
        }),
      )
    await delivery.deliver(after)
    return { resource: isSame ? before.resource : resource, groups: before?.groups ?? [], members }
  }

  async #requireUsers(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const found = await this.#parts.store.users(ids)
    if (found.length < ids.length)
      throw badRequest('invalidValue', `${ids.length - found.length} members are no users.`)
  }

  async #states(ids: readonly string[]): Promise<readonly UserState[]> {
    if (ids.length === 0) return []
    const { store } = this.#parts
    const [users, groups] = await Promise.all([store.users(ids), store.groupsOf(ids)])
    return users.map((user) => userState(user, groups.get(user.id) ?? []))
  }

  async #shown(resources: readonly ScimResource[]): Promise<readonly Shown[]> {
    const { store } = this.#parts
    const users = resources.filter(({ kind }) => kind === 'User').map(({ id }) => id)
    const groups = users.length === 0 ? new Map() : await store.groupsOf(users)
    const shown: Shown[] = []
    for (const resource of resources)
      shown.push({
        resource,
        groups: groups.get(resource.id) ?? [],
        members: resource.kind === 'Group' ? await store.members(resource.id) : new Set(),
      })
    return shown
  }

  /** A list without most members is possibly incomplete. A removal that names its members is never held. */
  #holdMassRemoval(had: ReadonlySet<string>, omitted: ReadonlySet<string>): void {
    if (had.size < HELD_FROM_MEMBERS || omitted.size <= had.size * this.#parts.removalShare) return
    const detail =
      `The request leaves out ${omitted.size} of ${had.size} members, so it is held. ` +
      'Remove the members by their ids, delete the group, or raise `maxSweep` of the source.'
    throw new ScimError(409, undefined, detail)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= WRITES_WAITING_MAX)
      throw new FreshetError(
        'connect.unavailable',
        'Too many writes wait for the ones before them.',
      )
    this.#waiting += 1
    const own = this.#last.then(work)
    this.#last = own.catch(() => undefined)
    try {
      return await own
    } finally {
      this.#waiting -= 1
    }
  }
}

function notFound(): ScimError {
  return new ScimError(404, undefined, 'There is no such resource.')
}

function changedMeanwhile(): ScimError {
  return new ScimError(412, undefined, 'Another request changed the resource. Read it again.')
}

function requireWritten(outcome: Awaited<ReturnType<ScimStore['write']>>): void {
  if (outcome === 'changed') throw changedMeanwhile()
  if (outcome === 'taken')
    throw new ScimError(409, 'uniqueness', 'Another resource has this userName or externalId.')
}

function without(all: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...all].filter((id) => !others.has(id)))
}

function nameIn({ kind, attributes }: ScimResource): string {
  return attributes[kind === 'User' ? 'userName' : 'displayName'] as string
}

/** Returns the group as the states of its members show it. */
function groupOf(resource: ScimResource): GroupOfUser {
  const externalId = resource.attributes['externalId'] as string | undefined
  return {
    value: resource.id,
    display: nameIn(resource),
    ...(externalId !== undefined && { externalId }),
  }
}

function withGroup(state: UserState, id: string, group: GroupOfUser | undefined): UserState {
  const before = state.attributes['groups'] as readonly GroupOfUser[]
  const others = before.filter(({ value }) => value !== id)
  const groups = [...others, ...(group === undefined ? [] : [group])]
  return { ...state, attributes: { ...state.attributes, groups: groups.toSorted(byValue) } }
}

function byValue(a: GroupOfUser, b: GroupOfUser): number {
  return a.value < b.value ? -1 : 1
}

/** Returns the indexed name that a filter looks for. A displayName of a user is not indexed. */
function nameOf(
  kind: ResourceKind,
  { attribute, value }: NonNullable<ResourceFilter['equals']>,
): readonly [ScimName, string] | undefined {
  if (attribute === 'id' || attribute === 'externalId') return [attribute, value]
  if (attribute !== (kind === 'User' ? 'userName' : 'displayName')) return undefined
  return ['nameKey', foldCase(value)]
}

function filterable({ kind, id, attributes, createdMs, changedMs }: ScimResource): unknown {
  const created = new Date(createdMs).toISOString()
  const lastModified = new Date(changedMs).toISOString()
  return { ...attributes, id, meta: { resourceType: kind, created, lastModified } }
}
