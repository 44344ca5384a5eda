import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { askSourceStatus, postAsSource, readSourceKey } from '@freshet/source'
import { importSigningKey } from '@freshet/wire'
import { signToken } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { askAuthority, SECRET } from './authority.ts'
import { check, type CheckAnswer } from './edge.ts'
import { extraSidecar, type ExtraSidecar } from './extra-sidecar.ts'
import { sourceOf } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, payloadOf, requestFor } from './token.ts'

const STALE_WITHIN_MS = 7_000
const SCOPE = 'payments:approve'
const OTHER_TENANT = 'globex'
const OTHER_IDP = 'https://idp.globex.example'
const APPROVERS = 'payments-approvers'

describe.runIf(canRun)('the requests of a client to the authority', () => {
  let stack: TestStack
  const send = async (
    subject: string,
    op: string,
    ...value: readonly string[]
  ): Promise<string> => {
    const id = await sourceOf(stack, 'hr').send({ op, subject, claim: 'groups', value })
    await recorded(stack, id)
    return id
  }
  const asking = (subject: string, scope: string) =>
    mintToken({ ...requestFor(stack, subject, 'payments'), scope })

  beforeAll(async () => {
    stack = await startTestStack(edit)
    await send('alice', 'set', 'staff', APPROVERS)
    await send('bob', 'set', 'staff')
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('no token for an identity token with a header member that is not accepted', async () => {
    const { authority, idp } = stack.describe()
    const key = importSigningKey(JSON.parse(await readFile(idp.keyFile, 'utf8')))
    const exchange = (header: object) => {
      const nowS = Math.floor(Date.now() / 1_000)
      const times = { iat: nowS, exp: nowS + 60 }
      const claims = { iss: idp.issuer, sub: 'alice', aud: authority.issuer, ...times }
      return askAuthority(stack, '/oauth/token', DEV_CLIENT, {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: signToken({ alg: key.alg, kid: key.kid, ...header }, claims, key),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        audience: 'payments',
      })
    }
    await mint(stack, 'alice')
    const { status, body } = await exchange({ nonce: 'x' })
    expect([status, body['code']]).toEqual([400, 'token.invalid'])
    expect(body['error_description']).toContain('header member that is not accepted')
    // Control: the same with an accepted member.
    expect(await exchange({ x5t: 'x' })).toMatchObject({ status: 200 })
  })

  describe('a scope', () => {
    it('that the registry does not give to client and audience is refused, and no token is minted', async () => {
      for (const scope of ['payments:admin', `${SCOPE} payments:admin`, 'transfer:unlimited']) {
        const refused = { status: 400, code: 'grant.scope' }
        await expect(asking('alice', scope)).rejects.toMatchObject(refused)
      }
      const own = { grant_type: 'client_credentials', audience: 'payments', scope: SCOPE }
      expect(await askAuthority(stack, '/oauth/token', 'reports-job', own)).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      })
      const response = await fetch(
        new URL('/.well-known/oauth-authorization-server', stack.at.authority),
      )
      expect(await response.json()).toMatchObject({ scopes_supported: [SCOPE] })
    })

    it('that is derived from a claim is minted for subjects with its value alone, and for none unasked', async () => {
      const { access_token: token, scope } = await asking('alice', SCOPE)
      expect([scope, payloadOf(token).scope]).toEqual([SCOPE, SCOPE])
      expect(payloadOf(token)).toMatchObject({ freshet: { scopedBy: ['groups'] } })
      await expect(asking('bob', SCOPE)).rejects.toMatchObject({
        status: 400,
        code: 'grant.scope',
      })
      expect(payloadOf(await mint(stack, 'alice')).scope).toBeUndefined()
    })

    it('goes stale with its claim, where the service reads `scope` alone', async () => {
      const { access_token: token } = await asking('alice', SCOPE)
      const plain = await mint(stack, 'alice')
      // The proxy names no claim: the service's use of `scope` is not known here.
      const ask = (jwt: string) =>
        Promise.all(SIDECARS.map((edge) => check(stack, { token: jwt, require: {} }, edge)))
      for (const jwt of [token, plain])
        expect(await ask(jwt)).toMatchObject([{ decision: 'allow' }, { decision: 'allow' }])
      const lost = await send('alice', 'remove', APPROVERS)
      const { value } = await until('the loss at every edge', STALE_WITHIN_MS, async () => {
        const answers = await ask(token)
        return answers.every(({ decision }) => decision === 'deny') ? answers : undefined
      })
      const stale = { status: 401, claims: { groups: { verdict: 'stale', change: lost } } }
      expect(value).toMatchObject([stale, stale])
      // Control: the same subject's token without the scope has nothing that was lost.
      expect(await ask(plain)).toMatchObject([{ decision: 'allow' }, { decision: 'allow' }])
      await expect(asking('alice', SCOPE)).rejects.toMatchObject({ status: 400 })
    })
  })

  const own = { grant_type: 'client_credentials', audience: 'directory' }
  const token = async (client: string): Promise<string> => {
    const { status, body } = await askAuthority(stack, '/oauth/token', client, own)
    expect([status, body['code']]).toEqual([200, undefined])
    return String(body['access_token'])
  }
  const stateAll = async (): Promise<void> => {
    for (const [tenant, subject] of [
      [DEV_TENANT, 'flood'],
      [DEV_TENANT, 'calm'],
      [OTHER_TENANT, 'other'],
    ] as const)
      await recorded(stack, await stateDepartment(stack, tenant, subject))
    await sendHeartbeats(stack, OTHER_TENANT)
  }

  describe('a high-risk decision, by a sidecar of several tenants', () => {
    const SERVERS = { [DEV_TENANT]: 'server', [OTHER_TENANT]: 'other-server' }
    let sidecars: Readonly<Record<'own' | 'mixed', ExtraSidecar>>

    beforeAll(async () => {
      await stateAll()
      const start = (name: string, clients: Readonly<Record<string, string>>) => {
        const known = Object.entries(clients).map(([tenant, id]) => [
          tenant,
          { id, secret: SECRET },
        ])
        return extraSidecar(stack, name, {
          FRESHET_AUDIENCE: 'directory',
          FRESHET_TENANTS: Object.keys(clients).join(','),
          FRESHET_CLIENTS: JSON.stringify(Object.fromEntries(known)),
          FRESHET_CLIENT_ID: '',
          FRESHET_CLIENT_KEY_FILE: '',
        })
      }
      const mixed = { [DEV_TENANT]: SERVERS[OTHER_TENANT], [OTHER_TENANT]: SERVERS[DEV_TENANT] }
      const [first, second] = await Promise.all([start('own', SERVERS), start('mixed', mixed)])
      sidecars = { own: first, mixed: second }
    })
    afterAll(async () => {
      for (const each of Object.values(sidecars)) await each[Symbol.asyncDispose]()
    })

    const ask = async (
      at: keyof typeof sidecars,
      client: string,
      risk?: 'high',
    ): Promise<CheckAnswer> => {
      await sendHeartbeats(stack, OTHER_TENANT)
      const response = await fetch(`${sidecars[at].url}/v1/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: await token(client), risk }),
      })
      return (await response.json()) as CheckAnswer
    }

    it.each(['calm', 'other'])('is made by the client of the tenant of %s', async (client) => {
      await expect
        .poll(() => ask('own', client, 'high'))
        .toMatchObject({ decision: 'allow', validated: true })
    })

    it.each(['calm', 'other'])(
      'control: is refused by the authority where the client of another tenant asks about %s',
      async (client) => {
        await expect.poll(() => ask('mixed', client)).toMatchObject({ decision: 'allow' })
        expect(await ask('mixed', client, 'high')).toMatchObject({
          decision: 'deny',
          status: 503,
          code: 'token.unverified',
        })
      },
    )
  })

  describe('a limit', () => {
    const revoke = (client: string, jwt: string) =>
      askAuthority(stack, '/oauth/revoke', client, { token: jwt })
    const refused = {
      status: 429,
      body: { error: 'temporarily_unavailable', code: 'limit.reached' },
    }

    beforeAll(stateAll)

    it('a limit of mints refuses the flood of one client, while another client and another tenant go on', async () => {
      const answers = []
      for (let n = 0; n < 12; n += 1)
        answers.push(await askAuthority(stack, '/oauth/token', 'flood', own))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
      const last = answers.at(-1)
      expect(last).toMatchObject(refused)
      expect(Number(last?.retryAfterS)).toBeGreaterThan(0)
      expect(last?.body['error_description']).toContain('Client flood reached its limit of tokens')
      await token('calm')
      await sendHeartbeats(stack, OTHER_TENANT)
      await token('other')
    })

    it('of revocations refuses the flood of one client, then that of its tenant, while another tenant goes on', async () => {
      const tokens = [await token('calm'), await token('calm'), await token('calm')]
      const [first = '', second = '', third = ''] = tokens
      expect(await revoke('calm', first)).toMatchObject({ status: 200 })
      expect(await revoke('calm', second)).toMatchObject({ status: 200 })
      const beyond = await revoke('calm', third)
      expect(beyond).toMatchObject(refused)
      expect(Number(beyond.retryAfterS)).toBeGreaterThan(0)
      // Another client of the tenant revokes until the tenant is at its limit of three.
      const web = await mint(stack, 'alice')
      expect(await revoke('payments-web', web)).toMatchObject({ status: 200 })
      const late = await revoke('payments-web', await mint(stack, 'alice'))
      expect(late).toMatchObject(refused)
      expect(late.body['error_description']).toContain(
        'Tenant acme reached its limit of revocations',
      )
      // Another tenant has a limit of its own.
      await sendHeartbeats(stack, OTHER_TENANT)
      expect(await revoke('other', await token('other'))).toMatchObject({ status: 200 })
    })

    it('counts what it refused, by request and by whose limit it was', async () => {
      const response = await fetch(new URL('/metrics', stack.at.authority))
      const text = await response.text()
      const counted = (request: string, limit: string): number => {
        const name = `freshet_client_limit_refusals_total{request="${request}",limit="${limit}"} `
        const line = text.split('\n').find((each) => each.startsWith(name))
        return Number(line?.slice(name.length))
      }
      expect(counted('mint', 'client')).toBe(2)
      expect([counted('revoke', 'client'), counted('revoke', 'tenant')]).toEqual([1, 1])
      expect(counted('mint', 'tenant')).toBe(0)
    })
  })
})

/**
 * Adds three clients with subjects of their own, of two tenants, with limits that a test can reach, and a
 * resource server of each tenant.
 */
function edit(registry: Document): void {
  const provider = registry.getIn(['tenants', DEV_TENANT, 'identityProviders', 0, 'keys'])
  const identityProviders = [{ issuer: OTHER_IDP, keys: provider }]
  registry.setIn(['tenants', OTHER_TENANT], registry.createNode({ identityProviders }))
  registry.setIn(['tenants', DEV_TENANT, 'limits'], registry.createNode({ revoke: '3 per 1h' }))
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const add = (id: string, tenant: string, iss: string, limits: object): void => {
    const subject = { iss, sub: id }
    const client = { tenant, secretHash, audiences: ['directory'], subject, limits }
    registry.setIn(['clients', id], registry.createNode(client))
  }
  add('flood', DEV_TENANT, DEV_IDP, { mint: '10 per 1h' })
  add('calm', DEV_TENANT, DEV_IDP, { revoke: '2 per 1h' })
  add('other', OTHER_TENANT, OTHER_IDP, {})
  for (const [id, tenant] of [
    ['server', DEV_TENANT],
    ['other-server', OTHER_TENANT],
  ] as const)
    registry.setIn(
      ['clients', id],
      registry.createNode({ tenant, secretHash, introspects: ['directory'] }),
    )
}

/** HR states a value of a tenant's subject, so that the subject is known. */
async function stateDepartment(stack: TestStack, tenant: string, sub: string): Promise<string> {
  const hr = sourceOf(stack, 'hr')
  const { data, ...event } = await hr.event({ op: 'set', claim: 'department', value: 'sales' })
  const iss = tenant === DEV_TENANT ? DEV_IDP : OTHER_IDP
  const subject = { format: 'iss_sub', iss, sub }
  const sent = { ...event, data: { ...Object(data), tenant, subject } }
  const { status, body } = await hr.post(sent)
  expect([status, body['code']]).toEqual([202, undefined])
  return sent.id
}

/** Sends heartbeats without changes in a tenant, for the sources that a mint for `directory` depends on. */
async function sendHeartbeats(stack: TestStack, tenant: string): Promise<void> {
  const gateway = stack.at.gateway
  for (const source of ['hr', 'security']) {
    const key = await readSourceKey(source, stack.workspace.sources[source]?.keyFile ?? '')
    const through = new Date().toISOString()
    const { next } = await askSourceStatus(key, gateway, tenant)
    const sequence = next === undefined ? {} : { sequence: String(BigInt(next) - 1n) }
    const json = { tenant, through, ...sequence }
    await postAsSource(
      key,
      { gateway, path: '/v1/heartbeats' },
      { contentType: 'application/json', json },
    )
  }
}
