import type { Browser, Page } from 'playwright-core'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

const WAIT_MS = 60_000

/** Opens the console of a stack in a browser, logged in as its admin. */
export async function openConsole(browser: Browser, stack: Stack): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-GB', timezoneId: 'UTC' })
  page.setDefaultTimeout(WAIT_MS)
  await page.goto(`${stack.at.console}/#token=${stack.workspace.adminToken}`)
  await page.waitForSelector('.badge.ok:text("connected")')
  return page
}
