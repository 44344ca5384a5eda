import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { boundedFile, readSteady, STEADY_READS_MAX } from './lint-registry-file.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-steady-'))
  path = join(dir, 'registry.yaml')
  await writeFile(path, 'one\n')
})
afterEach(() => rm(dir, { recursive: true }))

/** Reads a file that changes each time it was read, as long as there are writes. */
function readingWhile(writes: (() => Promise<void>)[]) {
  const file = boundedFile(path, 100)
  const read = async (): Promise<Uint8Array> => {
    const bytes = await file.read()
    await writes.shift()?.()
    return bytes
  }
  return readSteady(path, { ...file, read })
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

it('a registry that is half written while it is read is read again', async () => {
  expect(text(await readingWhile([() => appendFile(path, 'two\n')]))).toBe('one\ntwo\n')
})

it('one that is replaced by another of its length is read again', async () => {
  const replaced = async (): Promise<void> => {
    await writeFile(`${path}.new`, 'two\n')
    await rename(`${path}.new`, path)
  }
  expect(text(await readingWhile([replaced]))).toBe('two\n')
})

it('one that is written to again and again is refused, with what to do', async () => {
  const writes = Array.from({ length: STEADY_READS_MAX }, () => () => appendFile(path, 'more\n'))
  await expect(readingWhile(writes)).rejects.toMatchObject({
    code: 'registry.invalid',
    message: `${path}: was written to while it was read; write to another name, and rename it`,
  })
})

it('control: one that no process writes to is read once, up to a byte beyond the limit', async () => {
  expect(text(await readingWhile([]))).toBe('one\n')
  expect((await boundedFile(path, 2).read()).length).toBe(3)
})
