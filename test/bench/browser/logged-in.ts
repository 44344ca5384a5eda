import type { Browser, Page } from 'playwright-core'
import type { BenchStack } from '../stack/bench-stack.ts'

const SHOWN_WITHIN_MS = 10_000

/** Opens the overview, logged in as an admin. `script` runs at the begin of each document. */
export async function loggedIn(
  browser: Browser,
  { at, workspace }: BenchStack,
  script = '',
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 860 } })
  page.setDefaultTimeout(SHOWN_WITHIN_MS)
  await page.addInitScript({ content: script })
  await page.goto(`${at.console}/#token=${workspace.adminToken}`)
  await page.waitForSelector('.verdict-bar')
  return page
}
