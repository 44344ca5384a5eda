import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { SeededConsole } from './seeded-console.ts'

/** The sizes of a window. */
export const SIZES = {
  wide: { width: 1_440, height: 900 },
  narrow: { width: 390, height: 844 },
} as const
/** The time within which a page must show its first content. */
const WAIT_MS = 30_000

/** The visits of people to a console, one context of the browser at a time. */
export interface Visits {
  /** Opens the overview, logged in with this role. */
  open(role?: string): Promise<Page>
  /** Goes to a view, and waits for its answers. */
  go(page: Page, view: string): Promise<void>
  end(): Promise<void>
  context(): BrowserContext
  /** The complaints about the open page: breaches of the content policy, errors, requests to other hosts. */
  complaints(): readonly string[]
}

/** Returns the visits to a console in this browser. */
export function visitsTo(browser: Browser | undefined, { url, world }: SeededConsole): Visits {
  let context: BrowserContext | undefined
  let complaints: string[] = []
  return {
    async open(role = 'operator') {
      if (browser === undefined) throw new Error('Chromium is needed where CI is set.')
      await context?.close()
      context = await browser.newContext({
        viewport: SIZES.wide,
        reducedMotion: 'reduce',
        timezoneId: 'UTC',
        locale: 'en-GB',
      })
      context.setDefaultTimeout(WAIT_MS)
      const page = await context.newPage()
      complaints = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error' && !/40[014]/.test(message.text()))
          complaints.push(message.text())
      })
      page.on('request', (request) => {
        if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`)
      })
      await page.clock.setFixedTime(world.clock.nowMs())
      await page.goto(`${url}/#token=${role}`)
      await page.waitForSelector('h1')
      return page
    },
    async go(page, view) {
      await page.goto(url + view)
      await page.waitForSelector('h1')
      await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
    },
    end: async () => context?.close(),
    context() {
      if (context === undefined) throw new Error('No page is open.')
      return context
    },
    complaints: () => complaints,
  }
}
