import { generateKey, importSigningKey } from '@freshet/wire'
import { keycloakAvailability, startKeycloak, type LocalKeycloak } from '@freshet/local-keycloak'
import { signToken } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import { DEV_CLIENT, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { check, expectAllowed } from '../e2e/edge.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { payloadOf } from '../e2e/token.ts'
import { mergeRegistry } from '../providers/merge-registry.ts'
import { exchange, type Exchanged } from './exchange.ts'
import {
  certsOf,
  changeGroup,
  login,
  logOut,
  rotateRealmKey,
  type Login,
} from './keycloak-client.ts'
import { pageRegistries, runPageCommand } from './keycloak-page.ts'
import { logoutReceiver, type LogoutReceiver } from './logout-receiver.ts'
import { acmeRealm, ALICE, GROUP, LONG, OTHER, WEB } from './realm.ts'

/** Keycloak needs half a minute of CPU time, beside the stack and other processes. */
const START_WITHIN_MS = 1_000_000
/** Longer than the cooldown of key sets, 30 s. */
const KEYS_WITHIN = { timeout: 90_000, interval: 1_000 }
const NOBODY = 'http://127.0.0.1:9/realms/away'
const require = { groups: [GROUP] }

const found = await keycloakAvailability()
if (!found.available && process.env['CI'] === undefined)
  process.stderr.write(`The Keycloak suite needs ${found.missing}; it does not run.\n`)

it.runIf(process.env['CI'] !== undefined)('Keycloak can be started where CI runs', () => {
  expect(found).toEqual({ available: true })
})

describe.runIf(canRun && found.available)('Keycloak', () => {
  let receiver: LogoutReceiver
  let keycloak: LocalKeycloak
  let stack: TestStack

  beforeAll(async () => {
    receiver = await logoutReceiver()
    const onProgress = (line: string): void => void process.stderr.write(`${line}\n`)
    keycloak = await startKeycloak({ realm: acmeRealm(receiver.url), onProgress })
    // Both start in parallel. If one start fails, the other is stopped all the same.
    const starts = [startTestStack(declareKeycloak), keycloak.ready()] as const
    const [started, ready] = await Promise.allSettled(starts)
    if (started.status === 'rejected') throw started.reason
    stack = started.value
    if (ready.status === 'rejected') throw ready.reason
    await hr('set')
  }, START_WITHIN_MS)
  afterAll(async () => {
    await stack?.stop()
    await keycloak?.stop()
    await receiver?.close()
    expect(stack?.deaths).toEqual([])
  })

  /** The lines of the page, with a second client of the realm and a provider that nothing serves. */
  function declareKeycloak(registry: Document): void {
    const lines = [...pageRegistries(keycloak.issuer), ...moreLines(keycloak.issuer)]
    registry.contents = registry.createNode(lines.reduce(mergeRegistry, registry.toJS()))
  }

  const hr = (op: 'set' | 'remove'): Promise<string> =>
    sourceOf(stack, 'hr').send({
      op,
      subject: ALICE.id,
      iss: keycloak.issuer,
      claim: 'groups',
      value: require.groups,
    })
  const asWeb = (idToken: string): Promise<Exchanged> => exchange(stack, idToken, DEV_CLIENT)
  /** A new subject is known shortly after its first change, and each claim needs a current lease. */
  const minted = async (idToken: string): Promise<string> => {
    await expect.poll(() => asWeb(idToken)).toMatchObject({ status: 200 })
    return (await asWeb(idToken)).access_token ?? ''
  }
  const expOf = (jwt: string): number => payloadOf(jwt).exp

  describe('its access token, without an exchange,', () => {
    const accessToken = async (): Promise<string> => (await login(keycloak, WEB)).access_token
    /** Returns the status line for the command of the page. */
    const statusLine = async (token: string): Promise<string> => {
      const at = { 'http://127.0.0.1:7074': stack.at.proxies.sidecar }
      const answer = await runPageCommand('/authz/generic', at, { ACCESS_TOKEN: token })
      return answer.split('\r\n')[0] ?? ''
    }
    const statusLineAnew = async (): Promise<string> => statusLine(await accessToken())

    it('is allowed, and refused once its user lost the group; the next login has none', async () => {
      await expect.poll(statusLineAnew, { interval: 1_000 }).toBe('HTTP/1.1 200 OK')
      const token = await accessToken()
      expect(payloadOf(token)).toMatchObject({ sub: ALICE.id, groups: [GROUP] })
      expect(await statusLine(token)).toBe('HTTP/1.1 200 OK')
      await changeGroup(keycloak, 'DELETE')
      const change = await hr('remove')
      await expect.poll(() => statusLine(token)).toBe('HTTP/1.1 401 Unauthorized')
      expect(await check(stack, { token, require })).toMatchObject({
        claims: { groups: { verdict: 'stale', change, basis: 'time' } },
      })
      await expect.poll(statusLineAnew, { interval: 1_000 }).toBe('HTTP/1.1 403 Forbidden')
    })

    it('is allowed again after the user got the group back', async () => {
      await changeGroup(keycloak, 'PUT')
      await hr('set')
      await expect.poll(statusLineAnew, { interval: 1_000 }).toBe('HTTP/1.1 200 OK')
    })

    it('is refused if it is for another audience', async () => {
      const { access_token: token } = await login(keycloak, OTHER)
      expect(await statusLine(token)).toBe('HTTP/1.1 401 Unauthorized')
    })
  })

  it('has an ID token that the command of the page exchanges', async () => {
    const { id_token: idToken } = await login(keycloak, WEB)
    await minted(idToken)
    const { authority, clients } = stack.describe()
    const secret = clients[DEV_CLIENT]?.secret ?? ''
    const at = { 'https://tokens.acme.example': authority.url, SECRET: secret }
    const answer = await runPageCommand('/oauth/token', at, { ID_TOKEN: idToken })
    const { access_token: token } = JSON.parse(answer) as { readonly access_token: string }
    expect(payloadOf(token)).toMatchObject({ sub: ALICE.id, groups: require.groups })
  })

  it('has an ID token that is exchanged by the keys that Keycloak publishes: one is for encryption', async () => {
    expect((await certsOf(keycloak)).map(({ use }) => use)).toContain('enc')
    const { id_token: idToken } = await login(keycloak, WEB)
    const token = await minted(idToken)
    expect(payloadOf(token)).toMatchObject({ sub: ALICE.id, groups: require.groups })
    expect(expOf(token)).toBeLessThanOrEqual(expOf(idToken))
    await expect.poll(() => check(stack, { token, require })).toMatchObject({ decision: 'allow' })
  })

  it('has an ID token for a token that a change makes stale, and another one without what was lost', async () => {
    const { id_token: idToken } = await login(keycloak, WEB)
    const token = await minted(idToken)
    await expectAllowed(stack, { token, require })
    const change = await hr('remove')
    await expect
      .poll(() => check(stack, { token, require }))
      .toMatchObject({ claims: { groups: { verdict: 'stale', change } } })
    expect(payloadOf(await minted(idToken)).groups).toEqual([])
    await hr('set')
  })

  describe('has an ID token that is refused', () => {
    let web: Login
    let other: Login
    let long: Login
    beforeAll(async () => {
      web = await login(keycloak, WEB)
      other = await login(keycloak, OTHER)
      long = await login(keycloak, LONG)
    })

    it('only where a rule is broken; control: the good one is exchanged', async () => {
      await expect.poll(() => asWeb(web.id_token)).toMatchObject({ status: 200 })
    })

    it.each<[string, () => string, RegExp]>([
      ['that another client of the realm got, for itself', () => other.id_token, /audience/],
      ['that another client got, for this one', () => other.access_token, /azp/],
      ['that lives longer than maxLife', () => long.id_token, /lives too long/],
      ['that is a refresh token', () => web.refresh_token, /not signed/],
      ['whose payload is another', () => tampered(web.id_token), /not signed/],
    ])('%s', async (_, token, rule) => {
      const refused = { status: 400, code: 'token.invalid', error: 'invalid_request' }
      const answer = await asWeb(token())
      expect(answer).toMatchObject({ ...refused, error_description: expect.stringMatching(rule) })
    })

    it('a token from a client of ours that does not present its tokens', async () => {
      const answer = await exchange(stack, web.id_token, 'reports-job')
      expect(answer).toMatchObject({ status: 400, code: 'grant.forbidden' })
    })

    it('the answer is temporarily unavailable while the keys of its issuer cannot be read', async () => {
      const { privateJwk } = await generateKey('RS256', 'k-1')
      const iat = Math.floor(Date.now() / 1_000)
      const body = { iss: NOBODY, sub: 'alice', aud: WEB, iat, exp: iat + 60 }
      const head = { typ: 'JWT', alg: 'RS256', kid: 'k-1' }
      const answer = await asWeb(signToken(head, body, importSigningKey(privateJwk)))
      expect(answer).toMatchObject({ status: 503, code: 'keys.unavailable' })
    })

    it('where it is a logout token, signed by the same key and for the same client', async () => {
      await logOut(keycloak)
      await expect.poll(() => receiver.tokens.length).toBeGreaterThan(0)
      const [logoutToken = ''] = receiver.tokens
      expect(payloadOf(logoutToken)).toMatchObject({ events: expect.any(Object), aud: WEB })
      expect(await asWeb(logoutToken)).toMatchObject({
        status: 400,
        error_description: expect.stringMatching(/another type|security event/),
      })
    })

    it('once the sessions of its subject are revoked; control: a new login is not', async () => {
      const { id_token: idToken } = await login(keycloak, WEB)
      expect(await asWeb(idToken)).toMatchObject({ status: 200 })
      await sourceOf(stack, 'hr').send({
        op: 'sessions-revoked',
        subject: ALICE.id,
        iss: keycloak.issuer,
      })
      await expect
        .poll(() => asWeb(idToken))
        .toMatchObject({ status: 400, error_description: expect.stringMatching(/Log in again/) })
      const again = async (): Promise<Exchanged> => asWeb((await login(keycloak, WEB)).id_token)
      await expect.poll(again, { interval: 1_000 }).toMatchObject({ status: 200 })
    })

    it('once its session is denied', async () => {
      const { id_token: idToken } = await login(keycloak, WEB)
      expect(await asWeb(idToken)).toMatchObject({ status: 200 })
      const { sid } = payloadOf(idToken) as unknown as { readonly sid: string }
      await sourceOf(stack, 'security').send({ op: 'deny', scope: 'session', target: sid })
      await expect.poll(async () => (await asWeb(idToken)).status).toBe(400)
    })
  })

  // The last test: the cooldown since the first reading has partly passed, and no other test waits for it.
  it('signs by a new key of the realm, without another policy version', async () => {
    const before = await login(keycloak, WEB)
    const { freshet } = payloadOf(await minted(before.id_token))
    await rotateRealmKey(keycloak)
    const after = await login(keycloak, WEB)
    expect(kidOf(after.id_token)).not.toBe(kidOf(before.id_token))
    await expect.poll(() => asWeb(after.id_token), KEYS_WITHIN).toMatchObject({ status: 200 })
    expect(payloadOf(await minted(after.id_token)).freshet.pv).toBe(freshet.pv)
    // The old key is still published.
    expect(await asWeb(before.id_token)).toMatchObject({ status: 200 })
  })
})

/** Further lines for the tests. */
function moreLines(issuer: string): readonly unknown[] {
  const published = { metadata: 'openid-configuration', audiences: [WEB, LONG], maxLife: '10m' }
  const identityProviders = [issuer, NOBODY].map((each) => ({ issuer: each, ...published }))
  return [
    { tenants: { [DEV_TENANT]: { identityProviders } } },
    { clients: { [DEV_CLIENT]: { presents: [WEB, LONG] } } },
  ]
}

function kidOf(jwt: string): unknown {
  const [header = ''] = jwt.split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid?: unknown }).kid
}

function tampered(jwt: string): string {
  const [header, payload = '', signature] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url')
  return [header, other, signature].join('.')
}
