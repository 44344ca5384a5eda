import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PAGES } from '../../services/console/src/pages/page-routes.ts'
import { ALICE } from '@freshet/testkit'
import { startChromium } from '../setup/chromium.ts'
import { seedSample } from './seed-latency.ts'
import { breaches } from './breaches.ts'
import { seedChangeOfAlice } from './seed-status.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'
import { SIZES, visitsTo, type Visits } from './visits.ts'

/** The folder in which a person can view the screenshots; git ignores it. */
const SHOTS = join(import.meta.dirname, 'results')
const VIEWS = [
  ...PAGES,
  '/explain?change=hr-000000000042',
  '/explain?token=token-before',
  `/explain?${new URLSearchParams({ subject: 'alice', tenant: ALICE.tenant, iss: ALICE.iss }).toString()}`,
  '/slos?slo=reduce-complete-2s',
  '/edges?edge=payments-eu-2',
  '/audit?tenant=acme&claim=groups&value=staff',
]

const browser: Browser | undefined = await startChromium()
if (browser === undefined && process.env['CI'] === undefined) {
  process.stderr.write('pages in a browser: skipped, since no Chromium runs here\n')
}

let seeded: SeededConsole | undefined
let visits: Visits

describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
  'pages in a browser',
  () => {
    beforeAll(async () => {
      seeded = await seededConsole()
      visits = visitsTo(browser, seeded)
      await mkdir(SHOTS, { recursive: true })
    })
    afterEach(async () => {
      Object.assign(weather(), { kafka: 'up', postgres: 'up', until: undefined })
      await visits.end()
    })
    afterAll(async () => {
      await browser?.close()
      await seeded?.close()
    })

    it.each(VIEWS)(
      'shows %s, wide and narrow, light and dark, without a complaint of axe or of the browser',
      async (view) => {
        const page = await visits.open()
        await visits.go(page, view)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          for (const [size, viewport] of Object.entries(SIZES)) {
            await page.setViewportSize(viewport)
            const path = join(SHOTS, `${nameOf(view)}-${size}-${colorScheme}.png`)
            await page.screenshot({ path, fullPage: true })
            if (view === '/') await page.screenshot({ path: path.replace('.png', '-top.png') })
            expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
            expect(await breaches(page)).toEqual([])
            expect(await page.textContent('.as-of')).toMatch(/^as of \d\d:\d\d:\d\d, \d+ s ago$/)
          }
        }
        expect(visits.complaints()).toEqual([])
      },
    )

    it('masks the subject of a record for a viewer, and offers nothing that needs another role', async () => {
      const page = await visits.open('viewer')
      await visits.go(page, '/explain?change=hr-000000000042')
      expect(await page.textContent('main')).not.toContain('alice')
      expect(await page.textContent('main')).toContain('masked: shown to operators')
      await visits.go(page, '/audit')
      expect(await page.textContent('main')).toContain('shown to operators')
      await visits.go(page, '/quarantine')
      await page.click('td a[href*="id="]')
      await page.waitForSelector('text=You need the role operator')
    })

    it('shows the claims of a subject now to an operator, and their number to a viewer', async () => {
      const query = new URLSearchParams({ subject: 'alice', tenant: ALICE.tenant, iss: ALICE.iss })
      const shownTo = async (role: 'operator' | 'viewer'): Promise<string> => {
        const page = await visits.open(role)
        await visits.go(page, `/explain?${query.toString()}`)
        await page.waitForSelector('h3:text("Claims now")')
        return (await page.textContent('table:has(caption:text-is("Claims now"))')) ?? ''
      }
      expect(await shownTo('operator')).toMatch(/groups.*payments-approvers/)
      const masked = await shownTo('viewer')
      expect(masked).not.toContain('payments-approvers')
      expect(masked).toContain('1 value, masked')
    })

    it('greys the claims of a subject that were read more than 15 s ago, until they are read again', async () => {
      const query = new URLSearchParams({ subject: 'alice', tenant: ALICE.tenant, iss: ALICE.iss })
      const page = await visits.open()
      await visits.go(page, `/explain?${query.toString()}`)
      const greyed = page.locator('.outdated table:has(caption:text-is("Claims now"))')
      await page.waitForSelector('h3:text("Claims now")')
      expect(await greyed.count()).toBe(0)
      await page.evaluate(() => {
        const now = performance.now.bind(performance)
        performance.now = () => now() + 16_000
      })
      await greyed.waitFor()
      await page.click('button:text("Read again")')
      await greyed.waitFor({ state: 'detached' })
    })

    it('previews the token of an audience for an operator, and issues none', async () => {
      const query = new URLSearchParams({ subject: 'alice', tenant: ALICE.tenant, iss: ALICE.iss })
      const page = await visits.open()
      await visits.go(page, `/explain?${query.toString()}`)
      await page.selectOption('label:has-text("What would be minted") select', { index: 1 })
      await page.waitForSelector(
        'p[role=status]:has-text("minted"), p[role=status]:has-text("refused")',
      )
      expect(visits.complaints()).toEqual([])
    })

    it('tests a replay before it offers the replay', async () => {
      const page = await visits.open()
      await visits.go(page, '/quarantine')
      await page.click('td a[href*="id="]')
      await page.waitForSelector('text=Test replay')
      expect(await page.isVisible('text=Replay now')).toBe(false)
      await page.click('text=Test replay')
      await page.waitForSelector('text=The record would be accepted now.')
      await page.click('text=Replay now')
      await page.waitForSelector('text=The record was sent again.')
    })

    it('shows a change as it happens, without being asked', async () => {
      const page = await visits.open()
      await visits.go(page, '/live')
      await page.waitForSelector('.badge.ok:text("connected")')
      if (seeded)
        await seedChangeOfAlice(
          seeded.database.db,
          { id: 'hr-new', offset: 41n },
          seeded.world.clock.nowMs(),
        )
      await page.waitForSelector('text=hr-new')
    })

    it('shows a change on the overview as soon as it was measured', async () => {
      const page = await visits.open()
      await visits.go(page, '/')
      await page.waitForSelector('.latest:has-text("hr-past-1")')
      const ofGroups = { tenant: 'acme', source: 'hr', partition: 1, class: 'reduce' }
      if (seeded) {
        const appendedAtMs = seeded.world.clock.nowMs() - 1_250
        await seedSample(seeded.database.db, { ...ofGroups, id: 'hr-now', appendedAtMs }, 41)
      }
      await page.waitForSelector('.latest:has-text("complete at 3 edges 41 ms after its append")')
      expect(await page.textContent('.latest a')).toBe('hr-now')
    })

    it('works without Kafka, and shows which data are unknown', async () => {
      const page = await visits.open()
      weather().kafka = 'down'
      await visits.go(page, '/')
      expect(await page.textContent('main')).toContain('Kafka does not answer the console')
      weather().kafka = 'up'
    })

    it('calls nothing well while the database is away, and comes back by itself', async () => {
      const page = await visits.open()
      weather().postgres = 'down'
      await visits.go(page, '/')
      await page.waitForSelector('.verdict-bar.none:has-text("Unknown")')
      expect(await page.locator('[role=alert]').count()).toBeGreaterThan(0)
      weather().postgres = 'up'
      await page.locator('text=Retry').first().click()
      await page.waitForSelector('td:has-text("security")')
    })

    it('shows that it loads while the database is slow', async () => {
      const page = await visits.open()
      let answer = (): void => {}
      weather().until = new Promise((resolve) => (answer = resolve))
      await page.goto(`${origin()}/edges`)
      await page.waitForSelector('text=Loading the edges.')
      answer()
      weather().until = undefined
      await page.waitForSelector('text=payments-eu-1')
    })

    it('lists missed objectives first, with the events over budget and the rate of the alert', async () => {
      const page = await visits.open()
      await visits.go(page, '/slos')
      const rows = page.locator('table:has(caption:text-is("Objectives")) tbody tr')
      expect(await rows.first().textContent()).toMatch(
        /^edge-fresh-5s.*breached.*spent: 400 too old, 116 allowed28 d.*opens a ticket at 0\.9 ×/,
      )
      await rows.nth(2).locator('a:text("hr-past-160")').waitFor()
      expect(await rows.nth(2).textContent()).toMatch(/^reduce-complete-2s.*met.*72\.4 % left/)
      await page.click('summary:has-text("objectives without data")')
      const unmeasured = page.locator(
        'table:has(caption:text-is("Objectives without data")) tbody tr',
      )
      expect(await unmeasured.last().textContent()).toContain('no data')
      const letIn = rows.filter({ has: page.locator('a:text-is("stale-allows")') })
      await letIn.locator('a[href="/explain?change=hr-past-160"]').waitFor()
      expect(await letIn.textContent()).toMatch(/hr-past-160 1 let in at payments-eu-2$/)
    })

    it('leads the address of an object to its page', async () => {
      const page = await visits.open()
      await visits.go(page, '/edges/payments-eu-2')
      await page.waitForURL(/\/edges\?edge=payments-eu-2$/)
      await page.waitForSelector('h2:has-text("payments-eu-2")')
      // Control: another address with two parts has no page.
      await page.goto(`${origin()}/nothing/payments-eu-2`)
      await page.waitForSelector('h1:text("No such page")')
    })

    it('shows the age of a view beside the lease, and the lag of an edge in time', async () => {
      const page = await visits.open()
      await visits.go(page, '/edges?edge=payments-eu-2')
      await page.waitForSelector(
        'svg[role=img][aria-label$="in the last 61 minutes; in 5 of them it was not live. The lease of security is 5.0 s."]',
      )
      expect(await page.textContent('td[data-name="Lag"] >> nth=0')).toMatch(/ (ms|s|min)$/)
    })

    it('names the sources that an edge cannot vouch for: in its row, on its page and on a card', async () => {
      const page = await visits.open()
      await visits.go(page, '/edges?edge=payments-eu-1')
      const cellOf = (edge: string, name: string) =>
        page.locator(`tr:has(a:text-is("${edge}")) td[data-name="${name}"]`)
      const [silent, gone] = ['payments-eu-1', 'orders-us-1'].map((edge) =>
        cellOf(edge, 'Cannot vouch for'),
      )
      expect(await silent?.textContent()).toMatch(/^iga \(since \d+ (s|min)\)$/)
      expect(await silent?.locator('a').getAttribute('href')).toBe('/registry?source=iga')
      // Control: an edge whose view is out names that, and one that is gone does not show its present state.
      const stale = cellOf('payments-eu-2', 'Cannot vouch for')
      expect(await stale.textContent()).toBe('every source: its own view is out')
      expect(await gone?.textContent()).toBe('unknown')
      expect(await cellOf('payments-eu-2', 'Denied').textContent()).toMatch(
        /^0\.2\/s0\.1\/s unverified$/,
      )
      await page.waitForSelector('section.card p:has-text("Cannot vouch for: iga (since")')
      await page.waitForSelector(
        'p:has-text("Denied within the last hour:"):has-text("9 unverified")',
      )
      await page.setViewportSize(SIZES.narrow)
      expect(await silent?.isVisible()).toBe(true)
      expect(visits.complaints()).toEqual([])
    })

    it('describes in text the content of a chart, and its time range for any reader', async () => {
      const page = await visits.open()
      await visits.go(page, '/slos')
      await page.waitForSelector('.heats svg[role=img][aria-label^="Append to last edge: "]')
      const summary = page.locator('.heats summary').last()
      await summary.press('Enter')
      await page.waitForSelector('details[open] td:text("never")')
      await page.selectOption('select', '1')
      await page.waitForURL((url) => url.search === '?hours=1')
      await page.waitForSelector(
        'text=No live change that took something away was measured in this time.',
      )
      await visits.go(page, '/slos?hours=168')
      expect(await page.inputValue('select')).toBe('168')
      await page.waitForSelector('.heats figcaption:has-text("7 d ago")')
      expect(await page.locator('.heat-key').first().textContent()).toMatch(/^1 \d+ changes$/)
    })
  },
)

function weather(): SeededConsole['weather'] {
  if (seeded === undefined) throw new Error('not started')
  return seeded.weather
}

function nameOf(view: string): string {
  return view.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'overview'
}

function origin(): string {
  return seeded?.url ?? ''
}
