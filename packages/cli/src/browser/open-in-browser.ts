import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CliError } from '../cli-error.ts'
import type { FoundStack } from '../context.ts'

/** The command that opens an address, by platform. */
const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
}

/**
 * Opens an address in the browser that BROWSER names, else in that of the system.
 *
 * @throws `CliError` where no program opens it
 */
export async function openInBrowser(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const named = env['BROWSER']
  const [file = 'xdg-open', ...args] = named ? [named] : (COMMANDS[process.platform] ?? [])
  const child = spawn(file, [...args, url], { stdio: 'ignore', detached: true })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new CliError('error', `${file} does not start.`, {
      why: 'no browser opens addresses for this command',
      next: 'open the printed address, or set BROWSER',
      cause,
    })
  }
  child.unref()
}

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
