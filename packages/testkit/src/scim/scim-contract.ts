import { foldCase, type ResourceKind, type ScimResource, type ScimStore } from '@freshet/scim'
import { beforeEach, describe, expect, test } from 'vitest'

const resource = (kind: ResourceKind, id: string, attributes: object = {}): ScimResource => ({
  kind,
  id,
  attributes: { [kind === 'User' ? 'userName' : 'displayName']: `name-${id}`, ...attributes },
  version: 1,
  createdMs: 1_000,
  changedMs: 1_000,
})

/** The state to write, with its name without case. */
function named(put: ScimResource): ScimResource & { readonly nameKey: string } {
  const { kind, attributes } = put
  return {
    ...put,
    nameKey: foldCase(attributes[kind === 'User' ? 'userName' : 'displayName'] as string),
  }
}

/** Checks every {@link ScimStore}; `make` gives empty stores of one database, by tenant and source. */
export function registerScimContract(
  name: string,
  make: () => Promise<(tenant: string, source: string) => ScimStore>,
): void {
  describe(`SCIM store: ${name}`, () => {
    let storeOf: Awaited<ReturnType<typeof make>>
    let store: ScimStore
    beforeEach(async () => {
      storeOf = await make()
      store = storeOf('acme', 'okta')
    })
    const add = async (...resources: readonly ScimResource[]): Promise<void> => {
      for (const put of resources) expect(await store.write({ put: named(put) })).toBe('written')
    }
    const members = async (id: string): Promise<readonly string[]> =>
      [...(await store.members(id))].sort()

    test('a resource is found by each of its names, and names of people have no case', async () => {
      const user = resource('User', 'u1', { userName: 'Straße@Acme', externalId: 'E1' })
      const group = resource('Group', 'g1', { displayName: 'Approvers' })
      await add(user, group)
      expect(await store.find('User', 'id', 'u1', 9)).toEqual([user])
      expect(await store.find('User', 'nameKey', foldCase('STRASSE@acme'), 9)).toEqual([user])
      expect(await store.find('User', 'externalId', 'E1', 9)).toEqual([user])
      expect(await store.find('User', 'externalId', 'e1', 9)).toEqual([])
      expect(await store.find('Group', 'nameKey', foldCase('APPROVERS'), 9)).toEqual([group])
      expect(await store.find('Group', 'id', 'u1', 9)).toEqual([])
    })

    test('another tenant or source has none of it', async () => {
      const user = resource('User', 'u1')
      await add(user)
      for (const other of [storeOf('globex', 'okta'), storeOf('acme', 'entra')]) {
        expect(await other.find('User', 'id', 'u1', 9)).toEqual([])
        expect(await other.page('User', '', 9)).toEqual([])
        expect(await other.count('User')).toBe(0)
        expect(await other.users(['u1'])).toEqual([])
        const remove = { kind: 'User', id: 'u1' } as const
        expect(await other.write({ remove, expected: 1 })).toBe('changed')
        await other.write({ put: named(user) })
      }
      expect(await store.find('User', 'id', 'u1', 9)).toEqual([user])
    })

    test('a userName is unique without its case, and an externalId within its type', async () => {
      await add(resource('User', 'u1', { userName: 'alice', externalId: 'E1' }))
      await add(resource('Group', 'g1', { externalId: 'E1' }))
      const put = resource('User', 'u2', { userName: 'ALICE' })
      expect(await store.write({ put: named(put) })).toBe('taken')
      const again = resource('User', 'u2', { externalId: 'E1' })
      expect(await store.write({ put: named(again) })).toBe('taken')
      await add(resource('Group', 'g2', { displayName: 'name-g1' }))
      await store.write({ remove: { kind: 'User', id: 'u1' }, expected: 1 })
      await add(again)
    })

    test('a write needs the version that it read, and else has no effect', async () => {
      const group = resource('Group', 'g1')
      await add(resource('User', 'u1'), group)
      const next = { ...group, version: 2 }
      const put = named(next)
      expect(await store.write({ put, expected: 1 })).toBe('written')
      expect(await store.write({ put, expected: 1, joining: ['u1'] })).toBe('changed')
      expect(await members('g1')).toEqual([])
      expect(await store.find('Group', 'id', 'g1', 9)).toEqual([next])
    })

    test('members join and leave, and a deleted user or group has none', async () => {
      const group = resource('Group', 'g1', { externalId: 'G' })
      await add(resource('User', 'u1'), resource('User', 'u2'), group)
      await store.write({
        put: named({ ...group, version: 2 }),
        expected: 1,
        joining: ['u1', 'u2', 'u9'],
      })
      await store.write({
        put: named({ ...group, version: 3 }),
        expected: 2,
        joining: ['u1'],
        leaving: ['u2'],
      })
      expect(await members('g1')).toEqual(['u1'])
      expect(await store.groupsOf(['u1', 'u2'])).toEqual(
        new Map([
          ['u1', [{ value: 'g1', display: 'name-g1', externalId: 'G' }]],
          ['u2', []],
        ]),
      )
      await store.write({ remove: { kind: 'User', id: 'u1' }, expected: 1 })
      expect(await members('g1')).toEqual([])
      await store.write({ remove: { kind: 'Group', id: 'g1' }, expected: 3 })
      expect(await store.find('Group', 'id', 'g1', 9)).toEqual([])
    })

    test('pages give every resource once', async () => {
      await add(...['u3', 'u1', 'u2'].map((id) => resource('User', id)), resource('Group', 'g1'))
      expect((await store.page('User', '', 9)).map(({ id }) => id)).toEqual(['u1', 'u2', 'u3'])
      expect((await store.page('User', 'u2', 9)).map(({ id }) => id)).toEqual(['u3'])
      expect(await store.count('User')).toBe(3)
      expect((await store.users(['u3', 'u9', 'g1'])).map(({ id }) => id)).toEqual(['u3'])
    })
  })
}
