import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '@freshet/owned-dir'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { check } from '../e2e/edge.ts'
import { canRun, processOf, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { mint, payloadOf } from '../e2e/token.ts'

const REFUSED_WITHIN_MS = 20_000
const TOKEN = 'a-token-of-the-provisioner'
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const CORE = 'urn:ietf:params:scim:schemas:core:2.0'

/** The members of answers that the tests read. */
interface Answer {
  readonly id: string
  readonly members: readonly unknown[]
  readonly title: string
  readonly Operations: readonly { readonly status: string }[]
}

describe.runIf(canRun)(
  'a provisioner that sends to `freshet serve connect`, on the real parts,',
  () => {
    let stack: TestStack
    let group: string
    const ids = new Map<string, string>()

    const send = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
      at = stack.at.connect,
    ): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Answer }> => {
      const response = await fetch(`${at}/scim/okta/${DEV_TENANT}/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/scim+json',
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const read = (text === '' ? {} : JSON.parse(text)) as Answer
      return { status: response.status, headers: response.headers, body: read }
    }
    const patch = (path: string, ...operations: readonly unknown[]) =>
      send('PATCH', path, { schemas: [PATCH_SCHEMA], Operations: operations })
    const addUser = async (name: string): Promise<string> => {
      const { status, body } = await send('POST', '/Users', {
        schemas: [`${CORE}:User`],
        userName: name,
        externalId: name,
        active: true,
      })
      expect(status).toBe(201)
      ids.set(name, body.id)
      return body.id
    }
    const has = (token: string, team: string) =>
      check(stack, { token, require: { teams: [team] } }, 'sidecar')
    const granted = async (name: string, team: string): Promise<string> => {
      const { value } = await until('the grant', REFUSED_WITHIN_MS, async () => {
        const token = await mint(stack, name)
        return payloadOf(token).teams?.includes(team) ? token : undefined
      })
      return value
    }
    const refused = (token: string, team: string) =>
      until('a refusal', REFUSED_WITHIN_MS, async () =>
        (await has(token, team)).code === 'token.stale' ? true : undefined,
      )

    beforeAll(async () => {
      stack = await startTestStack((registry) => {
        registry.setIn(['sources', 'okta'], {
          owner: 'directory',
          keys: 'keys/okta.jwks.json',
          ordering: 'monotonic',
          heartbeat: '500ms',
          lease: '5s',
          connect: {
            [DEV_TENANT]: {
              kind: 'scim',
              at: 'http://127.0.0.1:7076',
              settle: '200ms',
              interval: '200ms',
              compare: '1m',
              subject: { iss: DEV_IDP, sub: '/userName' },
              claims: { teams: { each: '/groups/*/display', strip: 'team-' } },
              options: { tokenSha256: hash('sha256', TOKEN) },
            },
          },
        })
        registry.setIn(['claims', 'teams'], {
          source: 'okta',
          owner: 'directory',
          description: 'The teams of a person.',
          kind: 'authoritative',
          shape: 'set',
          class: 'reduce',
          maxTtl: '5m',
        })
        registry.setIn(['audiences', 'payments', 'claims'], ['groups', 'entitlements', 'teams'])
      })
      for (const name of ['alice', 'probe', 'bob']) await addUser(name)
      const { status, body } = await send('POST', '/Groups', {
        schemas: [`${CORE}:Group`],
        displayName: 'team-approvers',
        members: [...ids.values()].map((value) => ({ value })),
      })
      expect(status).toBe(201)
      group = body.id
    })
    afterAll(async () => {
      await stack?.stop()
      expect(stack?.deaths).toEqual([])
    })

    it('refuses a request without the token, with another token and of another tenant', async () => {
      for (const authorization of ['', 'Bearer other', `Basic ${TOKEN}`])
        expect(await send('GET', '/Users', undefined, { authorization })).toMatchObject({
          status: 401,
          body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' },
        })
      const other = await fetch(`${stack.at.connect}/scim/okta/globex/v2/Users`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      expect(other.status).toBe(401)
    })

    it('gives a member the value of its group, and a removal by a PATCH reaches an edge', async () => {
      const token = await granted('alice', 'approvers')
      const bob = await granted('bob', 'approvers')
      const path = `members[value eq "${ids.get('alice')}"]`
      expect(await patch(`/Groups/${group}`, { op: 'remove', path })).toMatchObject({ status: 204 })
      await refused(token, 'approvers')
      expect(await has(bob, 'approvers')).toMatchObject({ decision: 'allow' })
      const again = await patch(`/Groups/${group}`, { op: 'remove', path })
      expect(again.status).toBe(204)
    })

    it('takes the values of a group that is renamed or deleted', async () => {
      const bob = await granted('bob', 'approvers')
      const renamed = { op: 'Replace', path: 'displayName', value: 'team-payers' }
      expect((await patch(`/Groups/${group}`, renamed)).status).toBe(204)
      await refused(bob, 'approvers')
      const later = await granted('bob', 'payers')
      expect((await send('DELETE', `/Groups/${group}`)).status).toBe(204)
      await refused(later, 'payers')
      expect((await send('GET', `/Groups/${group}`)).status).toBe(404)
    })

    it('refuses what has no meaning, and changes nothing', async () => {
      const id = ids.get('bob')
      const { headers } = await send('GET', `/Users/${id}`)
      const operations = [
        { op: 'replace', path: 'shoeSize', value: 43 },
        { op: 'remove', path: 'emails[mail eq "x"]' },
      ]
      for (const operation of operations)
        expect(await patch(`/Users/${id}`, operation)).toMatchObject({ status: 400 })
      const etag = headers.get('etag') ?? ''
      expect((await send('GET', `/Users/${id}`)).headers.get('etag')).toBe(etag)
      const PUT = { schemas: [`${CORE}:User`], userName: 'bob', externalId: 'bob', title: 'Buyer' }
      const ifMatch = { 'if-match': etag }
      expect(await send('PUT', `/Users/${id}`, PUT, ifMatch)).toMatchObject({ status: 200 })
      expect(await send('PUT', `/Users/${id}`, PUT, ifMatch)).toMatchObject({ status: 412 })
      const twice = { schemas: [`${CORE}:User`], userName: 'ALICE' }
      expect(await send('POST', '/Users', twice)).toMatchObject({
        status: 409,
        body: { scimType: 'uniqueness' },
      })
    })

    it('finds users by a filter, and carries out a bulk request', async () => {
      const filter = encodeURIComponent('userName eq "ALICE"')
      expect(await send('GET', `/Users?filter=${filter}`)).toMatchObject({
        status: 200,
        body: { totalResults: 1, Resources: [{ userName: 'alice' }] },
      })
      const { status, body } = await send('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          {
            method: 'POST',
            path: '/Users',
            bulkId: 'carol',
            data: { schemas: [`${CORE}:User`], userName: 'carol' },
          },
          {
            method: 'POST',
            path: '/Groups',
            data: {
              schemas: [`${CORE}:Group`],
              displayName: 'team-bulk',
              members: [{ value: 'bulkId:carol' }],
            },
          },
          { method: 'DELETE', path: '/Users/nobody' },
        ],
      })
      expect(status).toBe(200)
      expect(body.Operations.map((each) => each.status)).toEqual(['201', '201', '404'])
      await granted('carol', 'bulk')
    })

    it('answers 503 in the process without the epoch, and takes the request in the other one', async () => {
      const first = processOf(stack, 'connect')
      const [port = 0] = await freePorts(1)
      const plan = {
        ...first.plan,
        name: 'connect:2',
        logFile: `${first.plan.logFile}.2`,
        env: { ...first.plan.env, FRESHET_PORT: String(port) },
      }
      const second = new ManagedProcess(plan, () => {})
      await second.start()
      const title = (value: string, at: string): Promise<{ readonly status: number }> =>
        send(
          'PATCH',
          `/Users/${ids.get('bob')}`,
          { schemas: [PATCH_SCHEMA], Operations: [{ op: 'replace', path: 'title', value }] },
          {},
          at,
        )
      await until('the first process gives way', REFUSED_WITHIN_MS, async () => {
        const { status } = await title('Buyer', stack.at.connect)
        return status === 503 ? true : undefined
      })
      expect(await title('Payer', `http://127.0.0.1:${port}`)).toMatchObject({ status: 200 })
      expect((await send('GET', `/Users/${ids.get('bob')}`)).body.title).toBe('Payer')
      await second.stop('SIGKILL')
      await until('the first process takes over', REFUSED_WITHIN_MS, async () => {
        const { status } = await title('Buyer', stack.at.connect)
        return status === 200 ? true : undefined
      })
    })

    it('answers 503 while the gateway does not answer, and removes nothing from the tables', async () => {
      const id = await addUser('dave')
      const made = await send('POST', '/Groups', {
        schemas: [`${CORE}:Group`],
        displayName: 'team-late',
        members: [{ value: id }],
      })
      await granted('dave', 'late')
      const path = `members[value eq "${id}"]`
      const gateway = processOf(stack, 'gateway')
      await gateway.stop('SIGKILL')
      const answer = await patch(`/Groups/${made.body.id}`, { op: 'remove', path })
      expect(answer).toMatchObject({ status: 503 })
      expect(answer.headers.get('retry-after')).toBe('2')
      expect((await send('GET', `/Groups/${made.body.id}`)).body.members).toHaveLength(1)
      await gateway.start()
      const { value: token } = await until('a token', REFUSED_WITHIN_MS, () =>
        mint(stack, 'dave').catch(() => undefined),
      )
      await until('the repeated request', REFUSED_WITHIN_MS, async () => {
        const repeated = await patch(`/Groups/${made.body.id}`, { op: 'remove', path })
        return repeated.status === 204 ? true : undefined
      })
      await until('no value', REFUSED_WITHIN_MS, async () =>
        (await has(token, 'late')).decision === 'allow' ? undefined : true,
      )
    })
  },
)
