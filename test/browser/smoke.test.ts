import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PAGES } from '../../services/console/src/pages/page-routes.ts'
import { startChromium } from '../bench/run/chromium.ts'
import { breaches } from './breaches.ts'
import { seedChange } from './seed-standing.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'
import { visitsTo, type Visits } from './visits.ts'

const browser: Browser | undefined = await startChromium()

let seeded: SeededConsole
let visits: Visits

/** One visit to each page. The sweeps of the whole form are in pages.long.test.ts and frame.long.test.ts. */
describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
  'the console in a browser',
  () => {
    beforeAll(async () => {
      seeded = await seededConsole()
      visits = visitsTo(browser, seeded)
    })
    afterEach(() => visits.end())
    afterAll(async () => {
      await browser?.close()
      await seeded.close()
    })

    it('shows each page without a complaint of axe or of the browser', async () => {
      const page = await visits.open()
      for (const view of PAGES) {
        await visits.go(page, view)
        expect([view, await breaches(page)]).toEqual([view, []])
      }
      expect(visits.complaints()).toEqual([])
    })

    it('control: axe complains about a page without a language', async () => {
      const page = await visits.open()
      await page.evaluate('document.documentElement.removeAttribute("lang")')
      expect((await breaches(page)).join()).toContain('html-has-lang')
    })

    it('opens a session by a known token alone', async () => {
      const page = await visits.open('nobody')
      expect(await page.textContent('[role=alert] strong')).toBe('Unknown token.')
      await page.fill('#token', 'viewer')
      await page.click('button[type=submit]')
      await page.waitForSelector('h1:text("Overview")')
    })

    it('shows a change as it happens', async () => {
      const page = await visits.open()
      await visits.go(page, '/live')
      await page.waitForSelector('.badge.ok:text("connected")')
      seedChange(seeded.database, { id: 'hr-new', offset: 41n }, seeded.world.clock.nowMs())
      await page.waitForSelector('text=hr-new')
    })
  },
)
