import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** Flags for one page at a time, without a sandbox or a graphics card. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote']
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts a browser; `undefined` if this machine has none that runs. */
export async function startChromium(): Promise<Browser | undefined> {
  try {
    const { chromium } = await import('playwright-core')
    const executablePath = PLACES.find((place) => existsSync(place)) ?? (await unpacked())
    return await chromium.launch({ executablePath, args: FLAGS })
  } catch (error) {
    process.stderr.write(`no browser: ${String(error).split('\n', 1)[0]}\n`)
    return undefined
  }
}

/** Returns the browser of npm, unpacked once into the folder for temporary files. */
async function unpacked(): Promise<string> {
  const { default: packed } = await import('@sparticuz/chromium')
  return packed.executablePath()
}
