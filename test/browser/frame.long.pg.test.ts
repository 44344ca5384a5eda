import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { breaches } from './breaches.ts'
import { browserSuite } from './browser-suite.ts'
import { seedChangeOfAlice, TRACE } from './seed-status.ts'

await browserSuite('the frame of every page', (world) => {
  it('shows that a token is unknown, and opens a session by a known one', async () => {
    const page = await world.visits.open('nobody')
    expect(await page.textContent('[role=alert] strong')).toBe('Unknown token.')
    await page.fill('#token', 'Bearer viewer')
    await page.click('button[type=submit]')
    await page.waitForSelector('h1:text("Overview")')
    expect(new URL(page.url()).hash).toBe('')
  })

  it('explains a token that is pasted with Bearer, and has it in no address', async () => {
    const page = await world.visits.open()
    const token = world.seeded.world.token()
    await page.keyboard.press('/')
    await page.fill('#search', `Authorization: Bearer ${token}`)
    await page.press('#search', 'Enter')
    await page.waitForSelector('table:has-text("Verdict")')
    expect(page.url()).not.toContain(token.slice(0, 20))
    expect(await page.content()).not.toContain(token)
  })

  it.each([
    ['hr-000000000042', 'change=hr-000000000042'],
    ['token-before', 'token=token-before'],
    ['alice', 'subject=alice'],
    [TRACE, `trace=${TRACE}`],
  ])('finds %s by one search', async (text, place) => {
    const page = await world.visits.open()
    await page.keyboard.press('/')
    await page.fill('#search', text)
    await page.press('#search', 'Enter')
    await page.waitForURL((url) => url.search.includes(place))
    await page.waitForSelector('h2')
  })

  it.each(["' OR 1=1 --", '../../etc/passwd', '<img src=x onerror=alert(1)>', '💥'.repeat(40)])(
    'shows that it found nothing for %s',
    async (text) => {
      const page = await world.visits.open()
      await page.keyboard.press('/')
      await page.fill('#search', text)
      await page.press('#search', 'Enter')
      await page.waitForSelector('text=Nothing found for')
      expect(world.visits.complaints()).toEqual([])
    },
  )

  it('finds things of every kind in the palette, by keys alone, without a complaint of axe', async () => {
    const page = await world.visits.open()
    const quarantinedId = [...world.seeded.orders.quarantine.values()][0]?.id ?? ''
    for (const [text, place] of [
      ['eu-1', '/edges?edge=payments-eu-1'],
      ['grou', '/registry?claim=groups'],
      ['securi', '/registry?source=security'],
      ['alice', '/explain?subject=alice'],
      ['token-before', '/explain?token=token-before'],
      ['hr-000000000042', '/explain?change=hr-000000000042'],
      [quarantinedId, '/quarantine?id='],
    ] as const) {
      await page.keyboard.press('Control+k')
      await page.waitForSelector('#search:focus')
      await page.keyboard.type(text)
      await page.waitForSelector('.palette [role=status]:has-text("found")')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL((url) => (url.pathname + url.search).startsWith(place))
    }
    await page.click('button.search')
    await page.waitForSelector('[role=option]:has-text("Overview")')
    expect(await breaches(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.waitForSelector('.palette', { state: 'hidden' })
  })

  it('asks for a login where the session ended meanwhile, and stays where it was', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/edges?standing=stale')
    await world.visits.context().clearCookies()
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
    await page.waitForSelector('text=Your session ended')
    await page.fill('#token', 'operator')
    await page.click('button[type=submit]')
    await page.waitForSelector('h1:text("Edges")')
    expect(page.url()).toContain('/edges?standing=stale')
  })

  it('keeps the services while no verdict comes, unknown and with the time of the last answer', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/')
    await page.waitForSelector('#services td:has-text("ready")')
    expect(await page.locator('#services [role=status]').count()).toBe(0)
    await page.route('**/v1/health', (route) => route.abort())
    await page.waitForSelector('#services [role=status]:has-text("unknown")')
    const text = await page.textContent('#services [role=status]')
    expect(text).toMatch(/The last answer is from \d\d:\d\d:\d\d \(.+\)\./)
    expect(await page.locator('#services .outdated td:has-text("ready")').count()).toBeGreaterThan(
      0,
    )
    await page.waitForSelector('.counted li:has-text("Services unknown")')
    expect(await breaches(page)).toEqual([])
    await page.unroute('**/v1/health')
    await page.waitForSelector('#services [role=status]', { state: 'detached' })
  })

  it('is true again after an hour of sleep, without a reload', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/')
    await page.waitForSelector('.as-of:has-text(", 0 s ago")')
    const browserOfPage = await page.context().newCDPSession(page)
    const nowMs = world.seeded.world.clock.nowMs()
    await browserOfPage.send('Page.setWebLifecycleState', { state: 'frozen' })
    const asleep = { id: 'hr-asleep', offset: 42n, appliedAtMs: nowMs + 1 }
    await seedChangeOfAlice(world.seeded.database.db, asleep, nowMs)
    await page.clock.setFixedTime(nowMs + 3_600_000)
    await browserOfPage.send('Page.setWebLifecycleState', { state: 'active' })
    await page.waitForSelector('dd:has-text("hr-asleep")')
    await page.waitForSelector(`.as-of:has-text("${timeOf(nowMs + 3_600_000)}, 0 s ago")`)
  })

  it('asks for the live changes while no stream begins, and shows them as old once nothing answers', async () => {
    const page = await world.visits.open()
    await page.route('**/v1/stream', (route) => route.abort())
    await world.visits.go(page, '/live')
    await page.waitForSelector('table td')
    const nowMs = world.seeded.world.clock.nowMs()
    const unstreamed = { id: 'hr-unstreamed', offset: 43n, appliedAtMs: nowMs + 1 }
    await seedChangeOfAlice(world.seeded.database.db, unstreamed, nowMs)
    await page.waitForSelector('td:has-text("hr-unstreamed")')
    expect(await page.locator('.outdated table').count()).toBe(0)
    await page.route('**/v1/changes', () => {})
    await page.waitForSelector('.outdated table')
  })

  it('serves the frame at an unknown address, for a person alone', async () => {
    const page = await world.visits.open()
    const answer = await page.goto(`${world.seeded.url}/edgez`)
    expect(answer?.status()).toBe(404)
    await page.waitForSelector('h1:text("No such page")')
    expect(await page.textContent('main code')).toBe('/edgez')
    const data = await fetch(`${world.seeded.url}/edgez`)
    expect([data.status, data.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json',
    ])
  })

  it('opens a session by a link that is pasted into the tab of the login form', async () => {
    const page = await world.visits.open('nobody')
    await page.waitForSelector('#token')
    await page.evaluate('location.hash = "token=operator"')
    await page.waitForSelector('h1:text("Overview")')
    expect(new URL(page.url()).hash).toBe('')
  })

  it('searches a subject of an address without its tenant', async () => {
    const page = await world.visits.open()
    await world.visits.go(page, '/explain?subject=alice')
    await page.waitForURL((url) => url.search.includes('tenant='))
    await page.waitForSelector('h2:has-text("alice")')
  })

  it('shows a moment by its age, in UTC and in the zone of the reader on hover, and copies an id', async () => {
    const page = await world.visits.open()
    await world.visits.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await world.visits.go(page, '/explain?token=token-before')
    const issued = page.locator('dd time').first()
    expect(await issued.textContent()).toMatch(/ago$/)
    expect(await issued.getAttribute('title')).toMatch(/UTC\n/)
    await page.click('[aria-label="Copy token-before"]')
    await page.waitForSelector('h2 [role=status]:text("Copied")')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('token-before')
  })

  it.each([
    ['/edges?standing=stale', 'freshet edge ls --status stale'],
    [
      '/quarantine?state=any&reason=event.unauthentic',
      'freshet quarantine ls --state any --code event.unauthentic',
    ],
    ['/audit', 'freshet audit ls --stream control'],
    [
      '/audit?stream=all&tenant=acme&since=2026-11-24T10:00:00.000Z',
      'freshet audit ls --tenant acme --since 2026-11-24T10:00:00.000Z',
    ],
  ])('copies %s with its filters, as a command', async (view, command) => {
    const page = await world.visits.open()
    await world.visits.go(page, view)
    expect(await page.getAttribute('button:text("Copy as CLI")', 'title')).toBe(command)
  })

  it('loads in a ninth tab, because hidden tabs hold no connection', async () => {
    const first = await world.visits.open()
    await first.waitForSelector('.badge.ok:text("connected")')
    const open = async (): Promise<Page> => {
      const page = await world.visits.context().newPage()
      await page.goto(`${world.seeded.url}/live`)
      await page.waitForSelector('.badge.ok:text("connected")')
      return page
    }
    await hide(first, true)
    for (let n = 0; n < 7; n += 1) await hide(await open(), true)
    await open()
    await hide(first, false)
    await first.waitForSelector('.badge.ok:text("connected")')
  })

  it('goes by keys alone', async () => {
    const page = await world.visits.open()
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.waitForSelector('h1:text("Live")')
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('search')
  })
})

/** Hides a page as another tab in front of it does. A headless browser calls every page visible. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
    document.dispatchEvent(new Event('visibilitychange'))`)
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}
