import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FoundStack } from '../context.ts'

/**
 * Writes a page that leads to the login link of the stack, and returns its address. Other users of the machine can
 * read the arguments of a browser, but not this file.
 */
export async function writeLoginFile({ file, dev }: FoundStack, at: string): Promise<string> {
  const page = join(dirname(file), 'open.html')
  const link = `${at}#token=${dev.admin.token}`
  const html = `<!doctype html><title>Freshet</title><meta http-equiv="refresh" content="0;url=${link}">\n`
  await writeFile(page, html, { mode: 0o600 })
  return pathToFileURL(page).href
}
