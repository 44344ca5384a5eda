import { expect, it } from 'vitest'
import { PAGES } from '../../services/console/src/pages/page-routes.ts'
import { breaches } from './breaches.ts'
import { browserSuite } from './browser-suite.ts'
import { seedChangeOfAlice } from './seed-status.ts'

/** One visit to each page. The sweeps of the whole form are in pages.long.pg.test.ts and frame.long.pg.test.ts. */
await browserSuite('the console', (world) => {
  it('shows each page without a complaint of axe or of the browser', async () => {
    const page = await world.visits.open()
    for (const view of PAGES) {
      await world.visits.go(page, view)
      expect([view, await breaches(page)]).toEqual([view, []])
    }
    expect(world.visits.complaints()).toEqual([])
  })

  it('control: axe complains about a page without a language', async () => {
    const page = await world.visits.open()
    await page.evaluate('document.documentElement.removeAttribute("lang")')
    expect((await breaches(page)).join()).toContain('html-has-lang')
  })

  it('opens a session by a known token alone', async () => {
    const page = await world.visits.open('nobody')
    expect(await page.textContent('[role=alert] strong')).toBe('Unknown token.')
    await page.fill('#token', 'viewer')
    await page.click('button[type=submit]')
    await page.waitForSelector('h1:text("Overview")')
  })

  it('shows a change as it happens', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/live')
    await page.waitForSelector('.badge.ok:text("connected")')
    await seedChangeOfAlice(
      world.seeded.database.db,
      { id: 'hr-new', offset: 41n },
      world.seeded.world.clock.nowMs(),
    )
    await page.waitForSelector('text=hr-new')
  })
})
