import type { Change } from '@freshet/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { serveEndpoint, type ServedEndpoint } from './served-endpoint.ts'

const WITHIN_MS = 10_000
const CORE = 'urn:ietf:params:scim:schemas:core:2.0'
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: { readonly id: string; readonly detail?: string; readonly scimType?: string }
}

let endpoint: ServedEndpoint
afterEach(() => endpoint?.stop())

async function send(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${endpoint.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${endpoint.token}`,
      'content-type': 'application/scim+json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
  }
}
const addUser = async (userName: string): Promise<string> =>
  (await send('POST', '/Users', { schemas: [`${CORE}:User`], userName })).body.id
const addGroup = async (...members: readonly string[]): Promise<string> => {
  const body = { displayName: 'approvers', members: members.map((value) => ({ value })) }
  return (await send('POST', '/Groups', { schemas: [`${CORE}:Group`], ...body })).body.id
}
const patch = (path: string, ...operations: readonly unknown[]): Promise<Answer> =>
  send('PATCH', path, { schemas: [PATCH_SCHEMA], Operations: operations })
const teamsOf = (changes: readonly Change[], sub: string): readonly unknown[] =>
  changes.flatMap((change) =>
    change.kind === 'claim' && change.subject.sub === sub && 'values' in change
      ? [change.values]
      : [],
  )

describe('the answer', () => {
  it('2xx comes after the 202 of the gateway, for each kind of write', async () => {
    endpoint = await serveEndpoint()
    const id = await addUser('alice')
    const group = await addGroup(id)
    const path = `members[value eq "${id}"]`
    const writes = [
      () => patch(`/Groups/${group}`, { op: 'remove', path }),
      () => patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] }),
      () => patch(`/Users/${id}`, { op: 'replace', value: { active: false } }),
      () => send('DELETE', `/Users/${id}`),
    ]
    for (const write of writes) {
      const count = endpoint.accepted.length
      const release = endpoint.hold()
      let isAnswered = false
      const answer = write().then((each) => {
        isAnswered = true
        return each
      })
      // A request that needs nothing of the gateway is answered meanwhile.
      for (let n = 0; n < 5; n += 1) await send('GET', '/Users')
      expect([isAnswered, endpoint.accepted.length]).toEqual([false, count])
      release()
      expect((await answer).status).toBeLessThan(300)
      expect(endpoint.accepted.length).toBeGreaterThan(count)
    }
  })

  it('503 with `Retry-After` comes while another process works, and nothing changes', async () => {
    endpoint = await serveEndpoint()
    const id = await addUser('alice')
    endpoint.supersede()
    const answer = await until('503', WITHIN_MS, async () => {
      const each = await patch(`/Users/${id}`, { op: 'replace', value: { active: false } })
      return each.status === 503 ? each : undefined
    })
    expect(answer.value.retryAfter).toBe('2')
    const title = { op: 'replace', value: { title: 'Buyer' } }
    expect(await patch(`/Users/${id}`, title)).toMatchObject({ status: 503 })
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(503)
    expect(await endpoint.store.find('User', 'id', id, 1)).toHaveLength(1)
  })
})

describe('the order of effects', () => {
  it('sends a removal before the commit, and a grant after it', async () => {
    const seen: (readonly [teams: readonly unknown[], members: number])[] = []
    let group = ''
    endpoint = await serveEndpoint(async (changes) => {
      const members = group === '' ? 0 : (await endpoint.store.members(group)).size
      for (const teams of teamsOf(changes, 'alice'))
        seen.push([teams as readonly unknown[], members])
    })
    const id = await addUser('alice')
    group = await addGroup()
    const path = `members[value eq "${id}"]`
    await patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] })
    expect(seen.at(-1)).toEqual([['approvers'], 1])
    await patch(`/Groups/${group}`, { op: 'remove', path })
    expect(seen.at(-1)).toEqual([[], 1])
    expect((await endpoint.store.members(group)).size).toBe(0)
  })

  it('sends what a rename takes and gives around the commit', async () => {
    endpoint = await serveEndpoint()
    const group = await addGroup(await addUser('alice'))
    await patch(`/Groups/${group}`, { op: 'replace', path: 'displayName', value: 'payers' })
    expect(teamsOf(endpoint.accepted, 'alice').slice(-3)).toEqual([['approvers'], [], ['payers']])
  })
})

describe('a process that starts again', () => {
  it('sends the grant of a write that was committed and not answered', async () => {
    endpoint = await serveEndpoint()
    const id = await addUser('alice')
    const group = await addGroup()
    const { store } = endpoint
    const [resource] = await store.find('Group', 'id', group, 1)
    if (resource === undefined) throw new Error('The group is not in the store.')
    const put = { ...resource, version: 2, nameKey: 'approvers' }
    await store.write({ put, expected: 1, joining: [id] })
    expect(teamsOf(endpoint.accepted, 'alice')).not.toContainEqual(['approvers'])
    await endpoint.stop()
    endpoint = await serveEndpoint(() => {}, store)
    await until(
      'the grant',
      WITHIN_MS,
      async () =>
        teamsOf(endpoint.accepted, 'alice').some((teams) => String(teams) === 'approvers') ||
        undefined,
    )
  })
})

describe('the guard', () => {
  const crowd = async (): Promise<readonly [string, readonly string[]]> => {
    endpoint = await serveEndpoint()
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => addUser(`person-${n}`)))
    return [await addGroup(...ids), ids]
  }
  const put = (id: string, members: readonly string[]): Promise<Answer> =>
    send('PUT', `/Groups/${id}`, {
      schemas: [`${CORE}:Group`],
      displayName: 'approvers',
      members: members.map((value) => ({ value })),
    })

  it('holds a list that leaves out more than 20 % of the members, in each form', async () => {
    const [group, ids] = await crowd()
    const value = ids.slice(0, 7).map((id) => ({ value: id }))
    for (const answer of [
      await patch(`/Groups/${group}`, { op: 'remove', path: 'members' }),
      await patch(`/Groups/${group}`, { op: 'replace', path: 'members', value }),
      await patch(`/Groups/${group}`, { op: 'replace', value: { members: value } }),
      await put(group, ids.slice(0, 7)),
    ]) {
      expect(answer.status).toBe(409)
      expect(answer.body.detail).toContain('is held')
    }
    expect((await endpoint.store.members(group)).size).toBe(10)
  })

  it('control: 20 % of the members can leave by a list, and all of them by their ids', async () => {
    const [group, ids] = await crowd()
    expect((await put(group, ids.slice(0, 8))).status).toBe(200)
    const value = ids.map((id) => ({ value: id }))
    expect((await patch(`/Groups/${group}`, { op: 'Remove', path: 'members', value })).status).toBe(
      204,
    )
    expect((await endpoint.store.members(group)).size).toBe(0)
  })
})

describe('bad input', () => {
  it('takes 5,000 members in one PATCH', async () => {
    endpoint = await serveEndpoint()
    const group = await addGroup()
    const ids = Array.from({ length: 5_000 }, (_, n) => `id-${n}`)
    for (const id of ids) {
      const attributes = { userName: id }
      const times = { version: 1, createdMs: 1, changedMs: 1 }
      await endpoint.store.write({
        put: { kind: 'User', id, attributes, ...times, nameKey: id },
      })
    }
    const value = ids.map((id) => ({ value: id }))
    const answer = await patch(`/Groups/${group}`, { op: 'add', path: 'members', value })
    expect(answer.status).toBe(204)
    expect((await endpoint.store.members(group)).size).toBe(5_000)
  }, 60_000)

  it.each([
    ['text', 'text/plain', '{}', 415],
    ['no JSON', 'application/json', '{', 400],
    ['a member twice', 'application/json', '{"userName":"a","userName":"b"}', 400],
    ['more than 1 MiB', 'application/json', `{"x":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('is refused: %s', async (_, type, body, status) => {
    endpoint = await serveEndpoint()
    const headers = { authorization: `Bearer ${endpoint.token}`, 'content-type': type }
    const response = await fetch(`${endpoint.url}/Users`, { method: 'POST', headers, body })
    expect(response.status).toBe(status)
  })

  it('a member that is no user is refused, and the group does not change', async () => {
    endpoint = await serveEndpoint()
    const group = await addGroup()
    const value = [{ value: 'nobody' }]
    const answer = await patch(`/Groups/${group}`, { op: 'add', path: 'members', value })
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  })
})
