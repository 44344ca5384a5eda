import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from './attributes.ts'
import type { ScimResource } from './resource.ts'
import type { GroupOfUser } from './scim-store.ts'

/** The state of a user, with its groups, as the mapping of the registry reads it. */
export interface UserState {
  /** The id of the user. */
  readonly key: string
  readonly attributes: JsonObject
  /** False if the provisioner disabled the account. */
  readonly enabled: boolean
}

/** Returns the state of a user. An account is enabled unless `active` is false. */
export function userState(
  { id, attributes }: Pick<ScimResource, 'id' | 'attributes'>,
  groups: readonly GroupOfUser[],
): UserState {
  return {
    key: id,
    attributes: { ...attributes, id, groups },
    enabled: attributes['active'] !== false,
  }
}

/**
 * Returns what a user has both before and after a write, so that it grants nothing. `kept` is the member that has the
 * name of the subject; it stays as it was before.
 */
export function narrowedState(before: UserState, after: UserState, kept: string): UserState {
  const common = narrowed(before.attributes, after.attributes) as JsonObject
  const name = before.attributes[kept]
  return {
    key: before.key,
    attributes: { ...common, ...(name !== undefined && { [kept]: name }) },
    enabled: before.enabled && after.enabled,
  }
}

function narrowed(before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return before
  if (Array.isArray(before) && Array.isArray(after)) {
    const left = new Set(after.map((each) => JSON.stringify(each)))
    return before.filter((each) => left.has(JSON.stringify(each)))
  }
  if (!isObject(before) || !isObject(after)) return undefined
  const members = Object.entries(before).flatMap(([name, value]) => {
    const common = narrowed(value, after[name])
    return common === undefined ? [] : [[name, common] as const]
  })
  return Object.fromEntries(members)
}
