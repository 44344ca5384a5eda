import { expect, it } from 'vitest'
import { breaches } from './breaches.ts'
import { browserSuite } from './browser-suite.ts'

await browserSuite('the ways to an explanation', (world) => {
  it('begin with the latest changes and the tokens that they made stale', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/explain')
    const changes = page.locator('table:has(caption:text-is("Latest changes")) tbody tr')
    await changes.first().waitFor()
    expect(await changes.count()).toBe(10)
    expect(await changes.first().textContent()).toMatch(/alice.*remove groups.*1 token stale/)
    const stale = page.locator('table:has(caption:text-is("Latest stale tokens")) tbody tr')
    await stale.first().waitFor()
    expect(await stale.allTextContents()).toEqual([
      expect.stringMatching(/^token-before.*stale.*hr-000000000042/),
    ])
    await stale.locator('a:text("token-before")').click()
    await page.waitForURL((url) => url.search === '?token=token-before')
    expect(world.visits.complaints()).toEqual([])
  })

  it('mask the subjects of the latest changes for a viewer', async () => {
    const page = await world.visits.open('viewer')
    await world.visits.go(page, '/explain')
    await page.waitForSelector('table:has(caption:text-is("Latest stale tokens")) tbody tr')
    expect(await page.textContent('main')).not.toContain('alice,')
    expect(await page.textContent('main table')).not.toContain('alice')
    expect(await page.textContent('main table')).toContain('masked')
  })

  it('go from the field by keys alone, and a whole token is in no address', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/explain')
    await page.focus('#ask')
    await page.keyboard.type('alice')
    await page.keyboard.press('Enter')
    await page.waitForSelector('h2:has-text("alice")')
    await world.visits.go(page, '/explain')
    const token = world.seeded.world.token()
    await page.fill('#ask', `Bearer ${token}`)
    await page.keyboard.press('Enter')
    await page.waitForSelector('table:has-text("Verdict")')
    expect(page.url()).not.toContain(token.slice(0, 20))
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('eyJ')
  })

  it('complete an id, and offer the visited things again until the logout', async () => {
    const page = await world.visits.open()
    await page.keyboard.press('Control+k')
    await page.waitForSelector('#search:focus')
    await page.keyboard.type('hr-0000000000')
    await page.waitForSelector('[role=option]:has-text("hr-000000000041")')
    await page.locator('[role=option]:has-text("hr-000000000042")').click()
    await page.waitForURL((url) => url.search === '?change=hr-000000000042')
    const token = world.seeded.world.token()
    await page.keyboard.press('Control+k')
    await page.fill('#search', token)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.search === '?pasted=1')
    await page.keyboard.press('Control+k')
    const first = page.locator('[role=option]').first()
    await page.waitForSelector('[role=option]:has-text("recent")')
    expect(await first.textContent()).toMatch(/^hr-000000000042recent/)
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('eyJ')
    expect(await breaches(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.search === '?change=hr-000000000042')
    await page.click('button:text("Log out")')
    await page.waitForSelector('#token')
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('show where a reader of the live page narrows it to one source', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/live')
    const rows = page.locator('table:has(caption:text-is("Changes")) tbody tr')
    await rows.first().waitFor()
    await page.selectOption('label:has-text("Source") select', 'security')
    await page.waitForURL((url) => url.searchParams.get('source') === 'security')
    expect(await rows.count()).toBe(1)
    expect(await rows.first().textContent()).toContain('cut-off')
  })
})
