import type { ResourceKind } from './attributes.ts'
import type { ScimResource } from './resource.ts'

/** A group, as the state of a member shows it. */
export interface GroupOfUser {
  readonly value: string
  readonly display: string
  readonly externalId?: string
}

/** One write. It has all of its effects or none. */
export interface ScimWrite {
  /** The new state of a resource, and its name without case: the `userName` or the `displayName`. */
  readonly put?: ScimResource & { readonly nameKey: string }
  /** The resource that is deleted, with its memberships. */
  readonly remove?: { readonly kind: ResourceKind; readonly id: string }
  /** The version that the resource must have. Absent: it must not exist. */
  readonly expected?: number
  /** Members that join or leave the group that is put. An id of no user joins nothing. */
  readonly joining?: readonly string[]
  readonly leaving?: readonly string[]
}

/** The name by which a provisioner looks for a resource. */
export type ScimName = 'id' | 'nameKey' | 'externalId'

/**
 * The outcome of a write. `taken`: another resource has the `userName` or `externalId`. `changed`: the version is another
 * one, so there was no effect.
 */
export type WriteOutcome = 'written' | 'taken' | 'changed'

/** The users and groups of one source in one tenant. A resource of another tenant or source does not exist in it. */
export interface ScimStore {
  /** Returns the first resources by id that have a name, at most `limit`. */
  find(
    kind: ResourceKind,
    by: ScimName,
    value: string,
    limit: number,
  ): Promise<readonly ScimResource[]>
  /** Returns the first resources by id after an id. */
  page(kind: ResourceKind, afterId: string, limit: number): Promise<readonly ScimResource[]>
  count(kind: ResourceKind): Promise<number>
  members(groupId: string): Promise<ReadonlySet<string>>
  /** Returns the users of these ids. One that does not exist is absent. */
  users(ids: readonly string[]): Promise<readonly ScimResource[]>
  /** Returns the groups of each of these users, by id. */
  groupsOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly GroupOfUser[]>>
  write(write: ScimWrite): Promise<WriteOutcome>
}
