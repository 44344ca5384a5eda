import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { underLock } from '@freshet/owned-dir'

const DOCS = join(import.meta.dirname, '../../docs')
const CACHE = join(homedir(), '.cache', 'freshet', 'languages')
/** A cold build fetches Spring from Maven Central, or compiles the standard library of Go. */
const LOCK_WAIT_MS = 600_000
const block = /^```\w*\n((?:\/\/|#|<!--) ([\w./-]+\.\w+)(?: -->)?\n[\s\S]*?)^```$/gm

/** The files of a page by their paths: each block of code whose first line is the path of its file. */
export type PageCode = ReadonlyMap<string, string>

/** Returns the files in the text of a page. */
export function codeIn(text: string): PageCode {
  return new Map([...text.matchAll(block)].map(([, code = '', path = '']) => [path, code]))
}

/** Returns the files of a page of `docs`. */
export function codeOfPage(page: string): PageCode {
  return codeIn(readFileSync(join(DOCS, page), 'utf8'))
}

/**
 * Writes the files into a folder of the cache, which their content names, and builds them there once. Returns the
 * folder.
 */
export async function builtOnce(
  name: string,
  files: PageCode,
  build: (dir: string) => Promise<void>,
): Promise<string> {
  const content = JSON.stringify([...files])
  const key = createHash('sha256').update(content).digest('hex').slice(0, 16)
  const dir = join(CACHE, `${name}-${key}`)
  await mkdir(CACHE, { recursive: true })
  await underLock(dir, () => buildInto(dir, files, build), LOCK_WAIT_MS)
  return dir
}

async function buildInto(
  dir: string,
  files: PageCode,
  build: (dir: string) => Promise<void>,
): Promise<void> {
  if (existsSync(dir)) return
  const partial = `${dir}.partial-${process.pid}`
  await rm(partial, { recursive: true, force: true })
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(partial, path)), { recursive: true })
      await writeFile(join(partial, path), text)
    }
    await build(partial)
    await rename(partial, dir)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
