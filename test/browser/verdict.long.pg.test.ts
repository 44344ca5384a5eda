import type { HealthAnswer, RefusedJson } from '@freshet/insight/answers'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { breaches } from './breaches.ts'
import { browserSuite } from './browser-suite.ts'

const REFUSED: RefusedJson = {
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claims: ['groups'],
  perSecond: 3.2,
  since: '2026-11-24T09:59:00.000Z',
  open: [
    "freshet break-glass open --tenant acme --audience payments --route 'POST /approve' --claim groups --for 15m --reason 'groups is unverified'",
  ],
  closed: null,
}

const SILENT: HealthAnswer['causes'][number] = {
  finding: 'sourceSilent',
  object: 'hr',
  tenant: 'acme',
  what: 'hr of acme is silent',
  since: '2026-11-24T09:59:00.000Z',
  effect: 'its claims are unverified at every edge and are not minted',
  do: 'check that hr runs',
  runbook: null,
  who: null,
  symptoms: [],
}

/** Replaces members of the verdict that the console gives to a page. */
async function judged(page: Page, more: Partial<HealthAnswer>): Promise<void> {
  await page.route('**/v1/health', async (route) => {
    const response = await route.fetch()
    const health = (await response.json()) as HealthAnswer
    await route.fulfill({ response, json: { ...health, ...more } })
  })
}

await browserSuite('the verdict', (world) => {
  it('names the routes that refuse requests now, with the commands to copy, on the overview', async () => {
    const page = await world.visits.open()
    await judged(page, { refused: [REFUSED] })
    await world.visits.go(page, '/')
    const row = page.locator('.refused')
    const [command = ''] = REFUSED.open
    await row.locator(`button[aria-label="Copy ${command} --dry-run"]`).waitFor()
    expect(await row.textContent()).toContain(
      'Refused now: POST /approve of payments, 3.2 requests/s, since',
    )
    expect(await breaches(page)).toEqual([])
    await page.click('nav a:text-is("SLOs")')
    await page.waitForSelector('.verdict-bar a:has-text("POST /approve of payments")')
    // Control: the answer of the console, which no edge reports a refusal to, names none.
    await page.unrouteAll({ behavior: 'wait' })
    await world.visits.go(page, '/')
    await page.waitForSelector('.counted')
    expect(await page.locator('.refused').count()).toBe(0)
  })

  it('names who acts on a cause, with the address for mail as a link', async () => {
    const page = await world.visits.open()
    const shownFor = async (who: string | null): Promise<number> => {
      await judged(page, { state: 'not-fresh', causes: [{ ...SILENT, who }] })
      await world.visits.go(page, '/')
      await page.waitForSelector('.cause:has-text("hr of acme is silent")')
      return page.locator('.cause dt:text-is("Who")').count()
    }
    expect(await shownFor('people-systems, oncall@acme.example')).toBe(1)
    const mail = page.locator('.cause dd a[href^="mailto:"]')
    expect(await mail.getAttribute('href')).toBe('mailto:oncall%40acme.example')
    expect(await mail.locator('..').textContent()).toBe('people-systems, oncall@acme.example')
    expect(await breaches(page)).toEqual([])
    // Control: the operators of Freshet act where no owner is named, and there is no line.
    await page.unrouteAll({ behavior: 'wait' })
    expect(await shownFor(null)).toBe(0)
  })
})
