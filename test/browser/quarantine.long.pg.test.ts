import type { Page } from 'playwright-core'
import { ALICE } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { browserSuite } from './browser-suite.ts'
import { soundIn } from './sound-view.ts'

await browserSuite('the page of a quarantined record', (world) => {
  const idOf = (): string => world.seeded.orders.quarantine.values()[0]?.id ?? ''
  const openRecord = async (role?: string): Promise<Page> => {
    const page = await world.visits.open(role)
    await world.visits.go(page, `/quarantine?id=${idOf()}`)
    return page
  }
  const ordersOf = (page: Page): string[] => {
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(`${request.url()} ${request.postData()}`)
    })
    return sent
  }
  const readsIn = (): readonly string[] =>
    world.seeded.orders.auditPending
      .values()
      .map(({ text }) => text)
      .filter((text) => text.includes('"quarantined record"'))
  const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent')

  it('asks before a drop: which record, of which source, and the loss', async () => {
    const { partition = 0, first } = world.seeded.orders.quarantine.get(idOf()) ?? {}
    const offset = first?.offset ?? 0n
    const at = { subject: ALICE, claim: 'groups', e: 1n, partition, offset }
    world.seeded.orders.doubts.set('of-parked', { ...at, raised: true, settled: false })
    const page = await openRecord()
    await page.click('button:text-is("Drop…")')
    const text = (await page.textContent('dialog[open]')) ?? ''
    expect(text).toContain(idOf())
    expect(text).toContain('hr (unproven)')
    expect(text).toContain('no replay can apply it later')
    expect(text).toContain('Its claims stay unverified: groups of 1 subject.')
    await soundIn(page, 'drop')
    expect(world.visits.complaints()).toEqual([])
  })

  it('sends nothing after Escape, and the focus is back on the button', async () => {
    const page = await openRecord()
    const sent = ordersOf(page)
    await page.press('button:text-is("Drop…")', 'Enter')
    await page.waitForSelector('dialog[open] input:focus')
    await page.keyboard.type('a reason')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog.confirm', { state: 'detached' })
    expect(await focused(page)).toBe('Drop…')
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog[open] input:focus')
    expect(await page.inputValue('dialog[open] input')).toBe('')
    await page.click('button:text-is("Cancel")')
    await page.waitForSelector('dialog.confirm', { state: 'detached' })
    expect(await focused(page)).toBe('Drop…')
    expect(sent).toEqual([])
  })

  it('sends one order, also for two quick presses of Enter, and none without a reason', async () => {
    const page = await openRecord()
    const sent = ordersOf(page)
    await page.click('button:text-is("Drop…")')
    await page.keyboard.type('  ')
    await page.keyboard.press('Enter')
    expect(await page.isDisabled('button:text-is("Drop record")')).toBe(true)
    await page.keyboard.type('known to be a test ')
    await page.evaluate(
      'for (const _ of [1, 2]) document.querySelector("dialog[open] form")?.requestSubmit()',
    )
    await page.waitForSelector('.orders [role=status] p')
    expect(sent).toEqual([
      expect.stringMatching(/\/v1\/quarantine\/[^/]+\/drop \{"reason":"known to be a test"\}$/),
    ])
    expect(await focused(page)).toBe('Drop…')
  })

  it('shows the payload to an operator who asks for it, and the audit has the read', async () => {
    const page = await openRecord()
    expect(await page.locator('.payload').count()).toBe(0)
    await page.press('button:text-is("Show the payload")', 'Enter')
    await page.waitForSelector('.payload:has-text("JSON")')
    expect(await page.textContent('pre[aria-label="Value"]')).toContain('"claim": "groups"')
    await page.locator('.payload').last().scrollIntoViewIfNeeded()
    await soundIn(page, 'payload')
    expect(readsIn()).toEqual([expect.stringContaining('"kind":"subject-read"')])
  })

  it('offers no payload to a viewer', async () => {
    const page = await openRecord('viewer')
    await page.waitForSelector('text=You need the role operator to see the payload.')
    expect(await page.locator('button:has-text("payload")').count()).toBe(0)
    expect(await page.content()).not.toContain('staff')
  })

  it('shows a hostile payload as text, cut with a sentence', async () => {
    const page = await openRecord()
    const markup = '<img src=x onerror="document.title=1">'
    await page.route('**/record', (route) =>
      route.fulfill({
        json: {
          decoded: [
            { part: 'value', form: 'text', text: markup, bytes: 20_000, shown: 16_384 },
            { part: 'key', form: 'hex', text: '000000  ff', bytes: 1, shown: 1 },
          ],
        },
      }),
    )
    await page.click('button:text-is("Show the payload")')
    await page.waitForSelector('text=It is cut after 16,384 bytes')
    expect(await page.textContent('pre[aria-label="Value"]')).toBe(markup)
    expect(await page.locator('.payload img').count()).toBe(0)
    await page.waitForSelector('text=not UTF-8 text, shown as hex, 1 byte.')
    await soundIn(page, 'hostile-payload')
    expect(world.visits.complaints()).toEqual([])
  })
})
