import { expect, it } from 'vitest'
import { browserSuite } from './browser-suite.ts'
import { soundIn } from './sound-view.ts'

await browserSuite('the page of the registry', (world) => {
  it('draws the registry from source to route, and lists it for screen readers', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/registry')
    await page.waitForSelector('svg.drawing text:text("payments")')
    const list = await page.textContent('section:has(svg.drawing) ul')
    expect(list).toMatch(/Claim groups: from hr, to [^.]*payments/)
    expect(world.visits.complaints()).toEqual([])
  })

  it('shows the differences of two versions of the registry', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/registry')
    const table = page.locator('table:has(caption:text-is("Differences"))')
    await table.locator('td:has-text("/account")').waitFor()
    await page.selectOption('label:has-text("Before") select', '2')
    await page.waitForSelector('text=These versions have no difference.')
    expect(world.visits.complaints()).toEqual([])
  })

  it('shows the file of a version of the registry, opened by a key, and copies it', async () => {
    const page = await world.visits.open()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await world.visits.go(page, '/registry')
    const summary = page.locator('.registry-file summary')
    await summary.press('Enter')
    const text = page.locator('.registry-file pre')
    await text.waitFor()
    expect(await text.textContent()).toContain('"account": "hr"')
    await page.selectOption('.registry-file select', '2')
    await page.waitForSelector('.registry-file pre:has-text("iga")')
    await page.click('button:text("Copy the file")')
    await page.waitForSelector('.registry-file button:text("Copied")')
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(JSON.parse(copied)).toMatchObject({ registry: { version: 2, account: 'iga' } })
    await text.scrollIntoViewIfNeeded()
    await soundIn(page, 'registry-file')
    expect(world.visits.complaints()).toEqual([])
  })
})
