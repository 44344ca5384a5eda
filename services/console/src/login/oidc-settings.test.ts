import { generateKey } from '@freshet/wire'
import { adminTokenHash } from '@freshet/runtime'
import { describe, expect, it } from 'vitest'
import { browserParts } from '../browser-parts.ts'
import { consoleConfig } from '../config.ts'
import { roleOf } from './openid-routes.ts'

const ENV = {
  DATABASE_URL: 'postgres://localhost/freshet',
  KAFKA_BROKERS: 'localhost:9092',
  FRESHET_REGISTRY: 'registry.yaml',
  FRESHET_ISSUER: 'https://tokens.acme.example',
  FRESHET_ADMIN_TOKENS: `ann:admin:${adminTokenHash('x')}`,
  FRESHET_URL: 'https://console.acme.example',
}
const OIDC = {
  FRESHET_OIDC_ISSUER: 'https://idp.acme.example',
  FRESHET_OIDC_CLIENT_ID: 'freshet-console',
  FRESHET_OIDC_CLIENT_SECRET: 'hunter2',
  FRESHET_OIDC_ROLES: '{"claim":"groups","viewer":["all"],"operator":["sre"],"admin":["root"]}',
}

describe('a login by a provider', () => {
  it('is there where all that it takes is said, and not otherwise', () => {
    expect(consoleConfig(ENV).oidc).toBeUndefined()
    expect(browserParts(consoleConfig(ENV)).openId).toBeUndefined()
    const config = consoleConfig({ ...ENV, ...OIDC })
    expect(config.oidc).toMatchObject({ issuer: OIDC.FRESHET_OIDC_ISSUER, scope: 'openid' })
    const parts = browserParts(config)
    expect(parts.openId?.provider.issuer).toBe(OIDC.FRESHET_OIDC_ISSUER)
    expect(parts.isSecure).toBe(true)
  })

  it.each([...Object.keys(OIDC), 'FRESHET_URL'])('is refused at the start without %s', (name) => {
    expect(() => consoleConfig({ ...ENV, ...OIDC, [name]: '' })).toThrow(/needs all of them/)
  })

  it.each([
    ['FRESHET_OIDC_ISSUER', 'http://idp.acme.example', /must be https/],
    ['FRESHET_OIDC_ISSUER', 'ftp://localhost', /must be https/],
    ['FRESHET_OIDC_SCOPE', 'groups', /must contain openid/],
    ['FRESHET_OIDC_ROLES', 'groups', /must be JSON/],
    ['FRESHET_OIDC_ROLES', '{"claim":"groups"}', /gives no user a role/],
    ['FRESHET_OIDC_ROLES', '{"claim":"groups","root":["x"]}', /root/],
    ['FRESHET_OIDC_ROLES', '{"claim":"groups","admin":[""]}', /FRESHET_OIDC_ROLES/],
  ])('is refused with %s=%s', (name, text, message) => {
    expect(() => consoleConfig({ ...ENV, ...OIDC, [name]: text })).toThrow(message)
  })

  it('may be on loopback without https', () => {
    const FRESHET_OIDC_ISSUER = 'http://127.0.0.1:3000'
    expect(consoleConfig({ ...ENV, ...OIDC, FRESHET_OIDC_ISSUER }).oidc).toBeDefined()
  })
})

describe('the proof of the console itself', () => {
  const { FRESHET_OIDC_CLIENT_SECRET: _secret, ...WITHOUT } = OIDC

  it('is a secret or a private key, and never both', async () => {
    expect(consoleConfig({ ...ENV, ...OIDC }).oidc?.proof).toEqual({ secret: 'hunter2' })
    const { privateJwk } = await generateKey('ES256', 'console-1')
    const FRESHET_OIDC_CLIENT_KEY = JSON.stringify(privateJwk)
    const by = { ...ENV, ...WITHOUT, FRESHET_OIDC_CLIENT_KEY }
    expect(consoleConfig(by).oidc?.proof).toEqual({ key: privateJwk })
    expect(() => consoleConfig({ ...by, ...OIDC })).toThrow(/one of the two/)
  })

  it.each(['none', '{}', '{"kty":"oct","kid":"k","alg":"HS256","k":"secret-of-it"}'])(
    'is refused as %s, which is not repeated',
    (FRESHET_OIDC_CLIENT_KEY) => {
      const start = () => consoleConfig({ ...ENV, ...WITHOUT, FRESHET_OIDC_CLIENT_KEY })
      expect(start).toThrow(/FRESHET_OIDC_CLIENT_KEY/)
      expect(start).not.toThrow(/secret-of-it/)
    },
  )
})

describe('a role', () => {
  const values = { viewer: ['all'], operator: ['sre'], admin: ['root'] }
  const roles = { claim: 'groups', values }

  it.each([
    ['sre', 'operator'],
    [['all'], 'viewer'],
    [['all', 'root', 'sre'], 'admin'],
    [[], undefined],
    [['SRE'], undefined],
    ['all sre', undefined],
    [null, undefined],
    [{ 0: 'sre' }, undefined],
    [[['sre', 'root']], undefined],
  ])('of %j is %s', (groups, role) => {
    expect(roleOf(roles, { groups })).toBe(role)
  })

  it('is given by no claim but the declared one, and by none that every object has', () => {
    expect(roleOf(roles, { roles: ['root'] })).toBeUndefined()
    const named = { claim: 'constructor', values: { ...values, admin: ['Object'] } }
    expect(roleOf(named, {})).toBeUndefined()
  })
})
