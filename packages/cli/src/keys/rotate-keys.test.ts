import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { KEY_LEAD_MS } from '@freshet/protocol'
import { readKeySet, readMacKeySet, readSigningKeySet, readVerifyKeySet } from '@freshet/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keysText, rotationText } from '../output/stack/keys-text.ts'
import type { KeyKind } from './key-words.ts'
import { listKeys } from './list-keys.ts'
import { createKeySet, rotateKeys, type RotateOptions } from './rotate-keys.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

let dir: string
let made: number
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-rotate-'))
  made = 0
})
afterEach(() => rm(dir, { recursive: true }))

const random = (): string => `${(made += 1)}`
const fileOf = (kind: KeyKind): string => join(dir, `${kind}.keys.json`)
const create = (kind: KeyKind, nowMs = NOW) => createKeySet(fileOf(kind), kind, { nowMs, random })

function rotate(kind: KeyKind, more: Partial<RotateOptions> = {}) {
  const times = { nowMs: NOW, leadMs: KEY_LEAD_MS, keepMs: undefined }
  return rotateKeys({ file: fileOf(kind), ...times, revoke: [], random, ...more })
}

/** The output for people, without the folder. */
async function outputOf(kind: KeyKind, more: Partial<RotateOptions> = {}): Promise<string> {
  const rotation = await rotate(kind, more)
  return rotationText(rotation, more.nowMs ?? NOW).replaceAll(`${dir}/`, '')
}
async function listed(kind: KeyKind, nowMs: number): Promise<string> {
  return keysText(await listKeys(fileOf(kind), nowMs))
}

describe('a rotation prints the times of its steps', () => {
  it('where the next key is published long enough', async () => {
    await create('tokens', NOW - KEY_LEAD_MS)
    expect(await outputOf('tokens')).toBe(
      `
tokens-1 no longer signs, and is published until 2026-11-25T11:00:00Z.
tokens-2 signs from now on.
tokens-3 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
The authority reads tokens.keys.json again within a second, without a restart. Where several read copies, copy it to each now.
`.trim(),
    )
  })

  it('where it is not yet', async () => {
    await create('stamps', NOW - 60_000)
    expect(await outputOf('stamps')).toBe(
      `
stamps-1 signs until 2026-11-24T10:14:00Z, and is published until 2026-12-02T10:14:00Z.
stamps-2 signs from 2026-11-24T10:14:00Z: every reader has it by then.
stamps-3 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
Gateways, authority and reconcilers read stamps.keys.json again within a second, without a restart. Where they read copies, copy it to each now, reconcilers first: a stamp whose key a reconciler does not have is quarantined.
`.trim(),
    )
  })

  it('of the audit, whose keys are kept for as long as its heads', async () => {
    await create('audit', NOW - 60_000)
    expect(await outputOf('audit')).toBe(
      `
audit-1 signs until 2026-11-24T10:14:00Z, and is published until 2027-11-25T10:14:00Z.
audit-2 signs from 2026-11-24T10:14:00Z: every reader has it by then.
audit-3 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
Reconcilers read audit.keys.json again within a second, without a restart. Give audit.jwks.json to the verifiers of the audit.
`.trim(),
    )
  })

  it('of vouchers, which others verify too, for as long as none outlives its key', async () => {
    await create('vouchers', NOW - 60_000)
    expect(await outputOf('vouchers')).toBe(
      `
vouchers-1 signs until 2026-11-24T10:14:00Z, and is published until 2026-11-24T11:14:00Z.
vouchers-2 signs from 2026-11-24T10:14:00Z: every reader has it by then.
vouchers-3 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
Gateways read vouchers.jwks.json, the console reads vouchers.keys.json again within a second, without a restart. Where they read copies, copy first the one, then the other.
`.trim(),
    )
  })

  it('where a key was revoked', async () => {
    await create('checkpoints')
    expect(await outputOf('checkpoints', { revoke: ['checkpoints-1'] })).toBe(
      `
checkpoints-1 is revoked: it no longer signs and is no longer published.
checkpoints-2 signs from now on.
checkpoints-3 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
Nothing is restarted: the authority publishes checkpoints.jwks.json, the reconcilers read checkpoints.keys.json again within a second. Where they read copies, copy first the one, then the other.
Reconcilers begin new roots within a second. Edges that read one discard the records that the revoked key signed. They are fresh again after they read the records of the root.
`.trim(),
    )
  })

  it('where keys leave the set, and where one that waited is revoked', async () => {
    await create('tokens', NOW - KEY_LEAD_MS)
    await rotate('tokens')
    const nowMs = NOW + 26 * 3_600_000
    expect(await outputOf('tokens', { nowMs, revoke: ['tokens-3'] })).toBe(
      `
tokens-2 continues to sign.
tokens-3 is revoked: it no longer signs and is no longer published.
tokens-5 is new. It waits, published, for the next rotation, and signs at once if the key before it is denied or revoked.
tokens-1 is no longer needed and was removed.
The authority reads tokens.keys.json again within a second, without a restart. Where several read copies, copy it to each now.
Edges can accept tokens of a revoked key until they read the key set again, 15 minutes at most. To end them within the lease, deny the key too: freshet cut-off key KID.
`.trim(),
    )
  })

  it('and keys ls prints it at any time', async () => {
    await create('checkpoints')
    await rotate('checkpoints')
    await rotate('checkpoints', { nowMs: NOW + KEY_LEAD_MS, revoke: ['checkpoints-1'] })
    expect(await listed('checkpoints', NOW + KEY_LEAD_MS)).toBe(
      `
KID            ALG    HALF     STATE    WHEN                        FILE                   NOTE
checkpoints-1  EdDSA  private  revoked  since 2026-11-24T10:15:00Z  checkpoints.keys.json
checkpoints-2  EdDSA  private  signing  since 2026-11-24T10:15:00Z  checkpoints.keys.json
checkpoints-3  EdDSA  private  next     waits for a rotation        checkpoints.keys.json
`.trim(),
    )
  })
})

describe('the files', () => {
  it('hold keys that processes can use; the private ones are for their owner alone', async () => {
    await Promise.all((['tokens', 'checkpoints', 'stamps'] as const).map((kind) => create(kind)))
    const json = async (kind: KeyKind): Promise<unknown> =>
      JSON.parse(await readFile(fileOf(kind), 'utf8'))
    expect(readSigningKeySet(await json('tokens'), 'ES256')).toHaveLength(2)
    expect(readSigningKeySet(await json('checkpoints'), 'EdDSA')).toHaveLength(2)
    expect(readMacKeySet(await json('stamps'))).toHaveLength(2)
    await rotate('tokens')
    expect((await stat(fileOf('tokens'))).mode & 0o777).toBe(0o600)
    const others = ['checkpoints.jwks.json', 'checkpoints.keys.json', 'stamps.keys.json']
    expect(await readdir(dir)).toEqual([...others, 'tokens.keys.json'])
  })

  it('of checkpoints have their public halves beside them, with their times and without a secret', async () => {
    const { jwksFile } = await create('checkpoints')
    await rotate('checkpoints', { revoke: ['checkpoints-1'] })
    expect(basename(jwksFile)).toBe('checkpoints.jwks.json')
    const text = await readFile(jwksFile, 'utf8')
    expect(text).not.toContain('"d"')
    const own = readKeySet(JSON.parse(await readFile(fileOf('checkpoints'), 'utf8')))
    expect(readKeySet(JSON.parse(text)).map(({ times }) => times)).toEqual(
      own.map(({ times }) => times),
    )
    expect(readVerifyKeySet(JSON.parse(text)).every(({ key }) => key.type === 'public')).toBe(true)
  })

  it('keep the keys that they had', async () => {
    await create('tokens')
    const before = readKeySet(JSON.parse(await readFile(fileOf('tokens'), 'utf8')))
    await rotate('tokens')
    const after = readKeySet(JSON.parse(await readFile(fileOf('tokens'), 'utf8')))
    for (const { jwk, times } of before) {
      const same = after.find((each) => each.times.kid === times.kid)
      expect(same?.jwk['d']).toBe(jwk['d'])
    }
  })

  it.each([
    ['another rotation is under way', {}, /under way/],
    ['a key to be revoked is not in the set', { revoke: ['nobody'] }, /no key nobody/],
  ])('are not changed when %s', async (_, more, message) => {
    await create('tokens')
    await rotate('tokens')
    const before = await readFile(fileOf('tokens'), 'utf8')
    await expect(rotate('tokens', more)).rejects.toThrow(message)
    expect(await readFile(fileOf('tokens'), 'utf8')).toBe(before)
    expect(await readdir(dir)).toEqual(['tokens.keys.json'])
  })

  it('of checkpoints do not change where the public halves cannot be written: nothing signs unpublished', async () => {
    const { jwksFile } = await create('checkpoints')
    const before = await readFile(fileOf('checkpoints'), 'utf8')
    await rm(jwksFile)
    await mkdir(join(jwksFile, 'in the way'), { recursive: true })
    await expect(rotate('checkpoints')).rejects.toMatchObject({ syscall: 'rename' })
    expect(await readFile(fileOf('checkpoints'), 'utf8')).toBe(before)
    expect(await readdir(dir)).toEqual(['checkpoints.jwks.json', 'checkpoints.keys.json'])
  })

  it('are changed by one rotation at a time', async () => {
    await create('tokens')
    const before = await readFile(fileOf('tokens'), 'utf8')
    await writeFile(`${fileOf('tokens')}.new`, '')
    await expect(rotate('tokens')).rejects.toMatchObject({
      why: 'another rotation is writing it, or one was interrupted',
    })
    expect(await readFile(fileOf('tokens'), 'utf8')).toBe(before)
  })
})
