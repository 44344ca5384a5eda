import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorsIn } from '@freshet/registry/lint'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../exit-code.ts'
import { recordingShell } from '../../recording-shell.ts'
import { runCommand } from '../../run-command.ts'
import { lintFile } from '../registry/lint-file.ts'

const NOW_S = 1_795_514_400
const VALUE = 'payments-approvers'

let server: Server
let issuer: string
let key: CryptoKey
let dir: string
/** The discovery document that the issuer answers; a text is an address to which it redirects. */
let discovery: object | string

beforeAll(async () => {
  const pair = await generateKeyPair('RS256')
  key = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  server = createServer(({ url }, response) => {
    const body = url === '/jwks' ? { keys: [jwk] } : discovery
    if (typeof body === 'string') response.writeHead(302, { location: body }).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  dir = await mkdtemp(join(tmpdir(), 'freshet-try-'))
})
afterAll(async () => {
  server.close()
  await rm(dir, { recursive: true, force: true })
})
beforeEach(() => {
  discovery = { issuer, jwks_uri: `${issuer}/jwks` }
})

const tokenOf = (claims: JWTPayload, by = key): Promise<string> =>
  new SignJWT({ iss: issuer, aud: ['account', 'orders'], iat: NOW_S, exp: NOW_S + 300, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .sign(by)

interface Tried {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function tried(args: readonly string[], token = ''): Promise<Tried> {
  const shell = recordingShell({
    cwd: dir,
    nowMs: () => NOW_S * 1_000,
    readInput: () => Promise.resolve(`${token}\n`),
  })
  return { code: await runCommand(['try', ...args], shell), ...shell.written() }
}

describe('freshet try', () => {
  it('writes a sound registry from discovery and a token, and no value of the token', async () => {
    const token = await tokenOf({ groups: [VALUE], amr: ['pwd'], name: 'Alice' })
    const { code, out } = await tried([issuer, '--token', '-', '--out', 'sound'], token)
    expect(code).toBe(EXIT.ok)
    expect(out).toContain('observes groups at orders')
    const file = join(dir, 'sound', 'registry.yaml')
    const text = await readFile(file, 'utf8')
    for (const each of [text, out]) {
      expect(each).not.toContain(VALUE)
      expect(each).not.toContain('Alice')
    }
    expect(errorsIn((await lintFile(file, { keys: false })).findings)).toEqual([])
    expect(text).toContain('maxTtl: 300s')
    expect(text).toContain('enforce: observe until 2026-12-01')
  })

  it('takes audience and claims from options, without a token', async () => {
    const named = ['--audience', 'orders', '--claim', 'groups', '--claim', 'roles']
    const { code, out } = await tried([issuer, ...named, '--out', 'named', '-o', 'json'])
    expect(code).toBe(EXIT.ok)
    expect(JSON.parse(out)).toMatchObject({ audience: 'orders', claims: ['groups', 'roles'] })
  })

  it('replaces no file', async () => {
    const named = [issuer, '--audience', 'orders', '--claim', 'groups', '--out', 'twice']
    expect((await tried(named)).code).toBe(EXIT.ok)
    const again = await tried(named)
    expect(again).toMatchObject({
      code: EXIT.error,
      err: expect.stringContaining('exists already'),
    })
  })

  it('refuses a token that another key signed, an expired one, and text that is none', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const claims = { groups: [VALUE] }
    const forged = await tokenOf(claims, privateKey)
    const expired = await tokenOf({ ...claims, iat: NOW_S - 600, exp: NOW_S - 300 })
    for (const token of [forged, expired, 'a.b.c', '']) {
      const { code, out, err } = await tried([issuer, '--token', '-', '--out', 'forged'], token)
      expect([code, out]).toEqual([EXIT.error, ''])
      expect(err).toContain('not a valid one of this issuer')
    }
  })

  it('takes a token from stdin alone', async () => {
    const { code } = await tried([issuer, '--token', await tokenOf({}), '--out', 'argument'])
    expect(code).toBe(EXIT.usage)
  })

  it('names what is missing: a claim, an audience', async () => {
    const bare = await tried([issuer, '--token', '-', '--out', 'bare'], await tokenOf({}))
    expect(bare).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('has no claim') })
    const alone = await tried([issuer, '--claim', 'groups', '--out', 'alone'])
    expect(alone).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('audience') })
  })

  it('follows no redirect, and refuses another issuer and keys of another origin', async () => {
    const named = [issuer, '--audience', 'orders', '--claim', 'groups', '--out', 'elsewhere']
    const answers = [
      `${issuer}/elsewhere`,
      { issuer: 'https://other.example', jwks_uri: `${issuer}/jwks` },
      { issuer, jwks_uri: 'https://other.example/jwks' },
      {},
    ]
    for (const answer of answers) {
      discovery = answer
      const { code, err } = await tried(named)
      expect([code, err]).toEqual([EXIT.unreachable, expect.stringContaining('cannot be read')])
    }
  })

  it('reads no keys in clear over a network', async () => {
    const { code } = await tried(['http://id.example', '--claim', 'groups', '--audience', 'orders'])
    expect(code).toBe(EXIT.usage)
  })
})
