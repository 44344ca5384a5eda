import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Stack } from '../../../packages/cli/src/stack/stack.ts'
import { SIZES } from '../visits.ts'
import type { View } from './views.ts'

const WAIT_MS = 60_000

const AS_PERSON = {
  viewport: SIZES.wide,
  reducedMotion: 'reduce',
  timezoneId: 'UTC',
  locale: 'en-GB',
} as const

type LoggedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** Open pages of one console, each at its view. */
export interface Gallery {
  readonly pages: ReadonlyMap<string, Page>
  /** Writes a picture of each page in each size and scheme: `STATE--VIEW--SIZE-SCHEME.png`. Returns pages that are too wide. */
  shoot(state: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** Opens each view in a tab, logged in as the admin, and the login form in a browser without a session. */
export async function openGallery(
  { browser, stack }: { readonly browser: Browser; readonly stack: Stack },
  views: Readonly<Record<string, View>>,
  folder: string,
): Promise<Gallery> {
  await mkdir(folder, { recursive: true })
  const contexts: BrowserContext[] = []
  const newPage = async (storageState?: LoggedIn): Promise<Page> => {
    // A browser has six connections to a host in one context, and each visible page holds one.
    const context = await browser.newContext({
      ...AS_PERSON,
      ...(storageState && { storageState }),
    })
    context.setDefaultTimeout(WAIT_MS)
    contexts.push(context)
    return context.newPage()
  }
  const first = await newPage()
  await first.goto(`${stack.at.console}/#token=${stack.workspace.adminToken}`)
  await first.waitForSelector('.badge.ok:text("connected")')
  const session = await first.context().storageState()
  await first.close()
  const pages = new Map<string, Page>()
  for (const [name, { path, act }] of Object.entries(views)) {
    const page = await newPage(session)
    await page.goto(stack.at.console + path)
    await page.waitForSelector('h1')
    await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
    await act?.(page)
    pages.set(name, page)
  }
  const login = await newPage()
  await login.goto(stack.at.console)
  await login.waitForSelector('#token')
  pages.set('login', login)
  return {
    pages,
    async shoot(state) {
      const wide: string[] = []
      for (const [name, page] of pages)
        wide.push(...(await picturesOf(page, join(folder, `${state}--${name}`))))
      return wide
    },
    close: async () => {
      await Promise.all(contexts.map((context) => context.close()))
    },
  }
}

async function picturesOf(page: Page, path: string): Promise<readonly string[]> {
  const wide: string[] = []
  // A page in the background shows its last frame.
  await page.bringToFront()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      const isOpen = (await page.locator('dialog[open]').count()) > 0
      await page.screenshot({ path: `${path}--${size}-${colorScheme}.png`, fullPage: !isOpen })
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      if (over !== 0) wide.push(`${path} ${size}`)
    }
  }
  await page.setViewportSize(SIZES.wide)
  return wide
}
