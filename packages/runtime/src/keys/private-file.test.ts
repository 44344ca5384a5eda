import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { requirePrivateFile } from './private-file.ts'

let dir: string
let logged: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-mode-'))
  logged = []
})
afterEach(() => rm(dir, { recursive: true }))

async function readWithMode(mode: number): Promise<void> {
  const path = join(dir, 'keys.json')
  await writeFile(path, '{}')
  await chmod(path, mode)
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  await requirePrivateFile({ path, name: 'FRESHET_KEYS_FILE', logger })
}

describe.runIf(process.platform !== 'win32')('a file of private keys', () => {
  it.each([0o644, 0o604, 0o602, 0o444, 0o777])('is refused with mode %o', async (mode) => {
    const shown = `0${mode.toString(8)}`
    await expect(readWithMode(mode)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(
        `FRESHET_KEYS_FILE: every user of this machine can open this file of private keys (mode ${shown})`,
      ),
    })
  })

  it.each([0o640, 0o440, 0o660])(
    'is accepted with mode %o, and its group is logged',
    async (mode) => {
      await readWithMode(mode)
      expect(logged.join('')).toContain('FRESHET_KEYS_FILE')
    },
  )

  it.each([0o600, 0o400])('is accepted with mode %o', async (mode) => {
    await readWithMode(mode)
    expect(logged).toEqual([])
  })
})
