import type { GroupOfUser, ScimResource, ScimStore, ScimWrite } from '@freshet/scim'

type Stored = NonNullable<ScimWrite['put']>

/** Creates the users and groups of one source in one tenant, in process. */
export function memoryScimStore(): ScimStore {
  const resources = new Map<string, Stored>()
  const members = new Map<string, Set<string>>()
  const all = (kind: ScimResource['kind']): readonly Stored[] =>
    [...resources.values()]
      .filter((each) => each.kind === kind)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  const isTaken = ({ id, kind, attributes, nameKey }: Stored): boolean =>
    all(kind).some(
      (other) =>
        other.id !== id &&
        ((kind === 'User' && other.nameKey === nameKey) ||
          (attributes['externalId'] !== undefined &&
            other.attributes['externalId'] === attributes['externalId'])),
    )
  return {
    find: (kind, by, value, limit) => {
      const nameOf = (each: Stored): unknown =>
        by === 'externalId' ? each.attributes['externalId'] : each[by]
      const found = all(kind).filter((each) => nameOf(each) === value)
      return Promise.resolve(found.slice(0, limit).map(shown))
    },
    page: (kind, afterId, limit) => {
      const after = all(kind).filter(({ id }) => id > afterId)
      return Promise.resolve(after.slice(0, limit).map(shown))
    },
    count: (kind) => Promise.resolve(all(kind).length),
    members: (groupId) => Promise.resolve(new Set(members.get(groupId))),
    users: (ids) =>
      Promise.resolve(
        all('User')
          .filter(({ id }) => ids.includes(id))
          .map(shown),
      ),
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
    write({ put, remove, expected, joining = [], leaving = [] }) {
      const changed = put ?? remove
      if (changed !== undefined && resources.get(changed.id)?.version !== expected)
        return Promise.resolve('changed')
      if (put !== undefined) {
        if (isTaken(put)) return Promise.resolve('taken')
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
      return Promise.resolve('written')
    },
  }
}

function shown({ kind, id, attributes, version, createdMs, changedMs }: Stored): ScimResource {
  return { kind, id, attributes, version, createdMs, changedMs }
}

function asGroup({ id, attributes }: ScimResource): GroupOfUser {
  const externalId = attributes['externalId'] as string | undefined
  return {
    value: id,
    display: attributes['displayName'] as string,
    ...(externalId !== undefined && { externalId }),
  }
}
