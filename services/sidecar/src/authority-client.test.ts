import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorityClient } from './authority-client.ts'

let dir: string
let keyFile: string
const logged: unknown[] = []
const logger = { warn: (...line: unknown[]) => void logged.push(line) }
const read = (file = keyFile) => authorityClient({ id: 'payments-edge', keyFile: file }, logger)

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-client-'))
  keyFile = join(dir, 'key.json')
  await writeFile(keyFile, '{"kty":"EC","d":"secret"}', { mode: 0o600 })
})
afterAll(() => rm(dir, { recursive: true }))

describe('the client of a sidecar', () => {
  it('has its secret as it is, or the key of its file', async () => {
    const bySecret = { id: 'payments-api', secret: 's3cret' }
    expect(await authorityClient(bySecret, logger)).toEqual(bySecret)
    expect(await read()).toEqual({ id: 'payments-edge', key: { kty: 'EC', d: 'secret' } })
    expect(logged).toEqual([])
  })

  it('is refused with a file that every user of the machine can open', async () => {
    await chmod(keyFile, 0o604)
    await expect(read()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(/^FRESHET_CLIENT_KEY_FILE: every user .* \(mode 0604\)/),
    })
    await chmod(keyFile, 0o640)
    expect(await read()).toMatchObject({ id: 'payments-edge' })
    expect(logged).toHaveLength(1)
  })

  it.each([
    ['that is absent', undefined],
    ['without JSON', '{"d":"secret"'],
    ['without an object', '"secret"'],
  ])('is refused with a file %s, and its content is not shown', async (_, content) => {
    const file = join(dir, 'other.json')
    if (content !== undefined) await writeFile(file, content, { mode: 0o600 })
    await expect(read(file)).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(read(file)).rejects.not.toThrow(/secret/)
  })
})
