import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey, type NamedJwk } from '@freshet/wire'
import { createLogger } from '@freshet/runtime'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { vouchingConsoles, watchConsoles } from './vouching-consoles.ts'

describe('the consoles that may vouch', () => {
  it('are read as names, roles and files', () => {
    expect(vouchingConsoles.parse('console:operator:/run/a:b.json, eu:admin:keys.json')).toEqual([
      { name: 'console', role: 'operator', keysFile: '/run/a:b.json' },
      { name: 'eu', role: 'admin', keysFile: 'keys.json' },
    ])
    expect(vouchingConsoles.parse(undefined)).toEqual([])
  })

  it.each([
    ['no file', 'console:operator:'],
    ['a role that there is not', 'console:root:keys.json'],
    ['a name with a space', 'a b:operator:keys.json'],
    ['a name twice', 'console:viewer:a.json,console:admin:b.json'],
    ['too many', Array.from({ length: 17 }, (_, n) => `c${n}:viewer:a.json`).join(',')],
  ])('are refused with %s', (_, text) => {
    expect(vouchingConsoles.safeParse(text).success).toBe(false)
  })
})

describe('the keys of a console', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-consoles-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const watched = async (keys: readonly object[]): Promise<readonly string[]> => {
    const keysFile = join(dir, 'vouchers.jwks.json')
    await writeFile(keysFile, JSON.stringify({ keys }))
    const ended = new AbortController()
    const watch = {
      timer: new ManualClock(),
      logger: createLogger('test', 'silent'),
      signal: ended.signal,
    }
    const [found] = await watchConsoles([{ name: 'console', role: 'operator', keysFile }], watch)
    ended.abort()
    return found?.keys().map(({ kid }) => kid) ?? []
  }
  const key = async (kid: string): Promise<NamedJwk> => (await generateKey('EdDSA', kid)).publicJwk

  it('are those that are published: none that is revoked, and none whose time is over', async () => {
    const revoked = { ...(await key('stolen')), revoked: { revoked_at: 1 } }
    const over = { ...(await key('old')), exp: 1 }
    expect(await watched([await key('now'), revoked, over])).toEqual(['now'])
  })

  it('must be there at the start', async () => {
    await expect(watched([])).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(watched([{ kty: 'oct', kid: 'x', alg: 'HS256', k: 'eA' }])).rejects.toThrow(
      /FRESHET_CONSOLES \(console\)/,
    )
  })
})
