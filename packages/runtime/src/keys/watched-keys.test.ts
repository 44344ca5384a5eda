import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey, generateMacKey } from '@freshet/wire'
import { FILE_READ_EVERY_MS } from '@freshet/wire/environment'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { watchMacKeys, watchSigningKeys, type WatchKeysOptions } from './watched-keys.ts'
import { onceRead } from '../../../../test/setup/once-read.ts'

let dir: string
let clock: ManualClock
let ended: AbortController
let logged: string[]
let options: WatchKeysOptions

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-keys-'))
  clock = new ManualClock()
  ended = new AbortController()
  logged = []
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  const path = join(dir, 'keys.json')
  options = { path, name: 'FRESHET_KEYS_FILE', timer: clock, logger, signal: ended.signal }
})
afterEach(async () => {
  ended.abort()
  await rm(dir, { recursive: true })
})

/** Changes the file as a mounted secret changes: another file under the same name. */
async function replace(text: string): Promise<void> {
  await writeFile(`${options.path}.new`, text, { mode: 0o600 })
  await rename(`${options.path}.new`, options.path)
}
const setOf = async (...kids: readonly string[]): Promise<string> => {
  const pairs = await Promise.all(kids.map((kid) => generateKey('ES256', kid)))
  return JSON.stringify({ keys: pairs.map(({ privateJwk }) => privateJwk) })
}

const eventually = (assertion: () => void): Promise<void> => onceRead(clock, assertion)

describe('a watched key set', () => {
  it('is another one as soon as the file is, without a restart', async () => {
    await replace(await setOf('a'))
    const keys = await watchSigningKeys('ES256', options)
    expect(keys.current().map(({ kid }) => kid)).toEqual(['a'])
    await replace(await setOf('a', 'b'))
    await eventually(() => expect(keys.current().map(({ kid }) => kid)).toEqual(['a', 'b']))
    expect(logged.join('')).toContain('a signing')
  })

  it('stays as it was while the file cannot be used, reports it once, and goes on after', async () => {
    const first = await setOf('a')
    await replace(first)
    const keys = await watchSigningKeys('ES256', options)
    logged.length = 0
    await replace(first.slice(0, 100))
    await eventually(() => expect(logged).toHaveLength(1))
    for (let n = 0; n < 5; n++) await clock.advance(FILE_READ_EVERY_MS)
    expect(keys.current().map(({ kid }) => kid)).toEqual(['a'])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('the previous keys stay in use')
    expect(logged[0]).not.toContain(first.slice(10, 60))
    await replace(await setOf('b'))
    await eventually(() => expect(keys.current().map(({ kid }) => kid)).toEqual(['b']))
  })

  it('stays as it was while the file is away', async () => {
    await replace(await setOf('a'))
    const keys = await watchSigningKeys('ES256', options)
    logged.length = 0
    await rm(options.path)
    await eventually(() => expect(logged).toHaveLength(1))
    expect(keys.current()).toHaveLength(1)
  })

  it('warns where no next key waits, and only there', async () => {
    await replace(await setOf('a'))
    await watchSigningKeys('ES256', options)
    expect(logged.join('')).toContain('no next key waits')
    logged.length = 0
    await replace(await setOf('a', 'b'))
    await eventually(() => expect(logged.join('')).toContain('b next'))
    expect(logged.join('')).not.toContain('no next key waits')
  })

  it('is no longer read once the signal aborted', async () => {
    await replace(await setOf('a'))
    await watchSigningKeys('ES256', options)
    ended.abort()
    await clock.advance(0)
    expect(clock.sleeping).toBe(0)
  })

  it('holds keys of stamps', async () => {
    await replace(JSON.stringify(await generateMacKey('s')))
    expect((await watchMacKeys(options)).current()).toMatchObject([{ kid: 's' }])
  })

  it.each([
    ['no JSON', '{"keys": [', /no JSON/],
    ['no key', '{"keys": []}', /without a key/],
    ['a key for something else', 'EdDSA', /not one for ES256/],
  ])('is refused at the start with %s', async (_, text, message) => {
    const other = JSON.stringify((await generateKey('EdDSA', 'a')).privateJwk)
    await replace(text === 'EdDSA' ? other : text)
    const refused = { code: 'config.invalid', message: expect.stringMatching(message) as string }
    await expect(watchSigningKeys('ES256', options)).rejects.toMatchObject(refused)
  })

  it('is refused at the start without a file', async () => {
    await expect(watchMacKeys(options)).rejects.toMatchObject({ code: 'config.invalid' })
  })
})
