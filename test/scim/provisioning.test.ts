import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import { memoryScimStore } from '@freshet/memory'
import { systemClock as clock } from '@freshet/runtime'
import { Provisioning, type DeliveredState, type ScimStore, type UserState } from '@freshet/scim'
import { beforeEach, describe, expect, it } from 'vitest'

const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

let store: ScimStore
let delivered: (readonly DeliveredState[])[]
let answer: () => Promise<void>
let provisioning: Provisioning
let user: string
let group: string

beforeEach(async () => {
  store = memoryScimStore()
  delivered = []
  answer = () => Promise.resolve()
  let number = 0
  provisioning = new Provisioning({
    store,
    clock,
    newId: () => `id-${(number += 1)}`,
    subjectMember: 'userName',
    removalShare: 0.2,
    delivery: {
      deliver(states) {
        delivered.push(states)
        return answer()
      },
    },
  })
  const alice = { schemas: [`${CORE}:User`], userName: 'alice', active: true }
  user = (await provisioning.create('User', alice)).resource.id
  const approvers = { displayName: 'approvers', members: [{ value: user }] }
  const made = await provisioning.create('Group', { schemas: [`${CORE}:Group`], ...approvers })
  group = made.resource.id
  delivered = []
})

const leave = () =>
  provisioning.patch('Group', group, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'remove', path: `members[value eq "${user}"]` }],
  })
const groupsOf = (state: { readonly attributes: Readonly<Record<string, unknown>> } | undefined) =>
  state?.attributes['groups']

describe('the list of all users', () => {
  it('begins after the write under way, because a removal of it was sent and is not committed', async () => {
    let release = (): void => {}
    answer = () => new Promise((resolve) => (release = resolve))
    const leaving = leave()
    await expect.poll(() => delivered.length).toBe(1)
    expect(groupsOf(delivered[0]?.[0])).toEqual([])
    const listing = provisioning.states().next()
    answer = () => Promise.resolve()
    await turnOfEventLoop()
    expect([...(await store.members(group))]).toEqual([user])
    release()
    const { value } = await listing
    expect(groupsOf(value as UserState)).toEqual([])
    await leaving
  })
})

describe('a write', () => {
  it('has no effect on the store if Freshet does not take the removal', async () => {
    answer = () => Promise.reject(new Error('unavailable'))
    await expect(leave()).rejects.toThrow('unavailable')
    expect([...(await store.members(group))]).toEqual([user])
  })

  it('delivers the states of named members again, although nothing changes', async () => {
    await leave()
    delivered = []
    await leave()
    expect(delivered.flat().map(({ key }) => key)).toEqual([user])
  })

  it('delivers that a user is gone before the row is deleted', async () => {
    const rows: number[] = []
    answer = async () => void rows.push((await store.find('User', 'id', user, 1)).length)
    await provisioning.remove('User', user)
    expect(delivered).toMatchObject([[{ key: user, isGone: true }]])
    expect(rows).toEqual([1])
    await expect(provisioning.read('User', user)).rejects.toMatchObject({ status: 404 })
  })

  it('keeps the name of the subject while it takes values', async () => {
    const body = { schemas: [`${CORE}:User`], userName: 'alice-2', active: false }
    await provisioning.replace('User', user, body)
    expect(delivered).toMatchObject([
      [{ attributes: { userName: 'alice' }, enabled: false }],
      [{ attributes: { userName: 'alice-2' }, enabled: false }],
    ])
  })
})
