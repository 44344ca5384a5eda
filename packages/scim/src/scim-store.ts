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
  /** The new state of a resource. */
  readonly put?: ScimResource
  /** The resource that is deleted, with its memberships. */
  readonly remove?: { readonly kind: ResourceKind; readonly id: string }
  /** The version that the resource must have. Absent: it must not exist. */
  readonly expected?: number
  /** Members that join or leave the group that is put. Each one that joins is a user. */
  readonly joining?: readonly string[]
  readonly leaving?: readonly string[]
}

/** The name by which a provisioner looks for a resource. */
export type ScimName = 'id' | 'userName' | 'externalId' | 'displayName'

/** The most resources of one page of the store. */
export const STORE_PAGE_MAX = 1_000

/** The users and groups of one source in one tenant. A resource of another tenant or source does not exist in it. */
export interface ScimStore {
  /** Returns the resources that have a name. `userName` and `displayName` are compared without case. */
  find(kind: ResourceKind, by: ScimName, value: string): Promise<readonly ScimResource[]>
  /** Returns the resources after an id, by id, at most {@link STORE_PAGE_MAX}. */
  page(kind: ResourceKind, afterId: string): Promise<readonly ScimResource[]>
  count(kind: ResourceKind): Promise<number>
  members(groupId: string): Promise<ReadonlySet<string>>
  /** Returns the users of these ids. One that does not exist is absent. */
  users(ids: readonly string[]): Promise<readonly ScimResource[]>
  /** Returns the groups of each of these users, by id. */
  groupsOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly GroupOfUser[]>>
  /**
   * @throws `ScimError` 409 `uniqueness` if another resource has the `userName` or `externalId`; 412 if the version is
   *   another one
   */
  write(write: ScimWrite): Promise<void>
}
