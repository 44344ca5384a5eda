import type { GroupOfUser, ScimName, ScimResource, ScimStore } from '@freshet/scim'
import { foldCase, ScimError, STORE_PAGE_MAX } from '@freshet/scim'

/** Creates the users and groups of one source in one tenant, in process. */
export function memoryScimStore(): ScimStore {
  const resources = new Map<string, ScimResource>()
  const members = new Map<string, Set<string>>()
  const all = (kind: ScimResource['kind']): readonly ScimResource[] =>
    [...resources.values()]
      .filter((each) => each.kind === kind)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  const isTaken = ({ id, kind, attributes }: ScimResource): boolean =>
    all(kind).some(
      (other) =>
        other.id !== id &&
        (nameOf(other, 'externalId') === (attributes['externalId'] ?? Number.NaN) ||
          (kind === 'User' &&
            nameOf(other, 'userName') === foldCase(attributes['userName'] as string))),
    )
  return {
    find: (kind, by, value) => {
      const wanted = by === 'id' || by === 'externalId' ? value : foldCase(value)
      const found = all(kind).filter((each) => nameOf(each, by) === wanted)
      return Promise.resolve(found.slice(0, STORE_PAGE_MAX))
    },
    page: (kind, afterId) =>
      Promise.resolve(
        all(kind)
          .filter(({ id }) => id > afterId)
          .slice(0, STORE_PAGE_MAX),
      ),
    count: (kind) => Promise.resolve(all(kind).length),
    members: (groupId) => Promise.resolve(new Set(members.get(groupId))),
    users: (ids) => Promise.resolve(all('User').filter(({ id }) => ids.includes(id))),
    groupsOf: (userIds) =>
      Promise.resolve(
        new Map(
          userIds.map((id) => [
            id,
            all('Group')
              .filter((group) => members.get(group.id)?.has(id))
              .map(asGroup),
          ]),
        ),
      ),
    async write({ put, remove, expected, joining = [], leaving = [] }) {
      const changed = put ?? remove
      if (changed === undefined) return
      if (resources.get(changed.id)?.version !== expected)
        throw new ScimError(412, undefined, 'Another request changed the resource. Read it again.')
      if (put !== undefined) {
        if (isTaken(put))
          throw new ScimError(
            409,
            'uniqueness',
            'Another resource has this userName or externalId.',
          )
        resources.set(put.id, put)
        const own = members.get(put.id) ?? new Set()
        for (const id of leaving) own.delete(id)
        for (const id of joining) if (resources.get(id)?.kind === 'User') own.add(id)
        members.set(put.id, own)
      }
      if (remove !== undefined) {
        resources.delete(remove.id)
        members.delete(remove.id)
        for (const own of members.values()) own.delete(remove.id)
      }
      await Promise.resolve()
    },
  }
}

function nameOf({ kind, id, attributes }: ScimResource, by: ScimName): string | undefined {
  if (by === 'id') return id
  if (by !== 'externalId' && by !== (kind === 'User' ? 'userName' : 'displayName')) return undefined
  const name = attributes[by] as string | undefined
  return by === 'externalId' || name === undefined ? name : foldCase(name)
}

function asGroup({ id, attributes }: ScimResource): GroupOfUser {
  const externalId = attributes['externalId'] as string | undefined
  return {
    value: id,
    display: attributes['displayName'] as string,
    ...(externalId !== undefined && { externalId }),
  }
}
