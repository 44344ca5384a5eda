import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PAGES } from '../../services/console/src/pages/page-routes.ts'
import { ALICE } from '@freshet/testkit'
import { startChromium } from '../bench/run/chromium.ts'
import { seedSample } from './seed-latency.ts'
import { seedChange, TRACE } from './seed-standing.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'

/** The folder in which a person can view the screenshots; git ignores it. */
const SHOTS = join(import.meta.dirname, 'results')
const SIZES = { wide: { width: 1_280, height: 860 }, narrow: { width: 390, height: 844 } } as const
/** The time within which a page must show its first content. */
const WAIT_MS = 30_000
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
let context: BrowserContext | undefined
/** The complaints of a page: breaches of the content policy, errors, requests to other hosts. */
let complaints: string[]

describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
  'pages in a browser',
  () => {
    beforeAll(async () => {
      seeded = await seededConsole()
      await mkdir(SHOTS, { recursive: true })
    })
    afterEach(async () => {
      Object.assign(weather(), { kafka: 'up', postgres: 'up', until: undefined })
      await context?.close()
    })
    afterAll(async () => {
      await browser?.close()
      await seeded?.close()
    })

    it.each(VIEWS)(
      'shows %s, wide and narrow, light and dark, without a complaint of axe or of the browser',
      async (view) => {
        const page = await open()
        await go(page, view)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          for (const [size, viewport] of Object.entries(SIZES)) {
            await page.setViewportSize(viewport)
            const path = join(SHOTS, `${nameOf(view)}-${size}-${colorScheme}.png`)
            await page.screenshot({ path, fullPage: true })
            expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
            expect(await breaches(page)).toEqual([])
            expect(await page.textContent('.as-of')).toMatch(/^as of \d\d:\d\d:\d\d, \d+ s ago$/)
          }
        }
        expect(complaints).toEqual([])
      },
    )

    it('shows that a token is unknown, and opens a session by a known one', async () => {
      const page = await open('nobody')
      expect(await page.textContent('[role=alert] strong')).toBe('Unknown token.')
      await page.fill('#token', 'Bearer viewer')
      await page.click('button[type=submit]')
      await page.waitForSelector('h1:text("Overview")')
      expect(new URL(page.url()).hash).toBe('')
    })

    it('explains a token that is pasted with Bearer, and has it in no address', async () => {
      const page = await open()
      const token = seeded?.world.token() ?? ''
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
      const page = await open()
      await page.fill('#search', text)
      await page.press('#search', 'Enter')
      await page.waitForURL((url) => url.search.includes(place))
      await page.waitForSelector('h2')
    })

    it.each(["' OR 1=1 --", '../../etc/passwd', '<img src=x onerror=alert(1)>', '💥'.repeat(40)])(
      'shows that it found nothing for %s',
      async (text) => {
        const page = await open()
        await page.fill('#search', text)
        await page.press('#search', 'Enter')
        await page.waitForSelector('text=Nothing found for')
        expect(complaints).toEqual([])
      },
    )

    it('masks the subject of a record for a viewer, and offers nothing that needs another role', async () => {
      const page = await open('viewer')
      await go(page, '/explain?change=hr-000000000042')
      expect(await page.textContent('main')).not.toContain('alice')
      expect(await page.textContent('main')).toContain('masked: shown to operators')
      await go(page, '/audit')
      expect(await page.textContent('main')).toContain('shown to operators')
      await go(page, '/quarantine')
      await page.click('td a[href*="id="]')
      await page.waitForSelector('text=You need the role operator')
    })

    it('shows the claims of a subject now to an operator, and their number to a viewer', async () => {
      const query = new URLSearchParams({ subject: 'alice', tenant: ALICE.tenant, iss: ALICE.iss })
      const shownTo = async (role: 'operator' | 'viewer'): Promise<string> => {
        const page = await open(role)
        await go(page, `/explain?${query.toString()}`)
        await page.waitForSelector('h3:text("Claims now")')
        return (await page.textContent('table:has(caption:text-is("Claims now"))')) ?? ''
      }
      expect(await shownTo('operator')).toMatch(/groups.*payments-approvers/)
      const masked = await shownTo('viewer')
      expect(masked).not.toContain('payments-approvers')
      expect(masked).toContain('1 value, masked')
    })

    it('tests a replay before it offers the replay', async () => {
      const page = await open()
      await go(page, '/quarantine')
      await page.click('td a[href*="id="]')
      await page.waitForSelector('text=Test replay')
      expect(await page.isVisible('text=Replay now')).toBe(false)
      await page.click('text=Test replay')
      await page.waitForSelector('text=The record would be accepted now.')
      await page.click('text=Replay now')
      await page.waitForSelector('text=The record was sent again.')
    })

    it('shows a change as it happens, without being asked', async () => {
      const page = await open()
      await go(page, '/live')
      await page.waitForSelector('.badge.ok:text("connected")')
      if (seeded)
        seedChange(seeded.database, { id: 'hr-new', offset: 41n }, seeded.world.clock.nowMs())
      await page.waitForSelector('text=hr-new')
    })

    it('shows a change on the overview as soon as it was measured', async () => {
      const page = await open()
      await go(page, '/')
      await page.waitForSelector('.latest:has-text("hr-past-1")')
      const ofGroups = { tenant: 'acme', source: 'hr', partition: 1, class: 'reduce' }
      if (seeded) {
        const appendedAtMs = seeded.world.clock.nowMs() - 1_250
        seedSample(seeded.database, { ...ofGroups, id: 'hr-now', appendedAtMs }, 41)
      }
      await page.waitForSelector('.latest:has-text("complete at 3 edges 41 ms after its append")')
      expect(await page.textContent('.latest a')).toBe('hr-now')
    })

    it('works without Kafka, and shows which data are unknown', async () => {
      const page = await open()
      weather().kafka = 'down'
      await go(page, '/')
      expect(await page.textContent('main')).toContain('Kafka does not answer the console')
      weather().kafka = 'up'
    })

    it('calls nothing well while the database is away, and comes back by itself', async () => {
      const page = await open()
      weather().postgres = 'down'
      await go(page, '/')
      expect(await page.textContent('.headline')).toMatch(
        /Unknown: not every service|There can be more/,
      )
      expect(await page.locator('[role=alert]').count()).toBeGreaterThan(0)
      weather().postgres = 'up'
      await page.locator('text=Retry').first().click()
      await page.waitForSelector('td:has-text("security")')
    })

    it('shows that it loads while the database is slow', async () => {
      const page = await open()
      let answer = (): void => {}
      weather().until = new Promise((resolve) => (answer = resolve))
      await page.goto(`${origin()}/edges`)
      await page.waitForSelector('text=Loading the edges.')
      answer()
      weather().until = undefined
      await page.waitForSelector('text=payments-eu-1')
    })

    it('asks for a login where the session ended meanwhile, and stays where it was', async () => {
      const page = await open()
      await go(page, '/edges?standing=stale')
      await context?.clearCookies()
      await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
      await page.waitForSelector('text=Your session ended')
      await page.fill('#token', 'operator')
      await page.click('button[type=submit]')
      await page.waitForSelector('h1:text("Edges")')
      expect(page.url()).toContain('/edges?standing=stale')
    })

    it('is true again after an hour of sleep, without a reload', async () => {
      const page = await open()
      await go(page, '/')
      await page.waitForSelector('.as-of:has-text(", 0 s ago")')
      const browserOfPage = await page.context().newCDPSession(page)
      const nowMs = seeded?.world.clock.nowMs() ?? 0
      await browserOfPage.send('Page.setWebLifecycleState', { state: 'frozen' })
      const asleep = { id: 'hr-asleep', offset: 42n, appliedAtMs: nowMs + 1 }
      if (seeded) seedChange(seeded.database, asleep, nowMs)
      await page.clock.setFixedTime(nowMs + 3_600_000)
      await browserOfPage.send('Page.setWebLifecycleState', { state: 'active' })
      await page.waitForSelector('dd:has-text("hr-asleep")')
      await page.waitForSelector(`.as-of:has-text("${timeOf(nowMs + 3_600_000)}, 0 s ago")`)
    })

    it('serves the frame at an unknown address, for a person alone', async () => {
      const page = await open()
      const answer = await page.goto(`${origin()}/edgez`)
      expect(answer?.status()).toBe(404)
      await page.waitForSelector('h1:text("No such page")')
      expect(await page.textContent('main code')).toBe('/edgez')
      const data = await fetch(`${origin()}/edgez`)
      expect([data.status, data.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json',
      ])
    })

    it('opens a session by a link that is pasted into the tab of the login form', async () => {
      const page = await open('nobody')
      await page.waitForSelector('#token')
      await page.evaluate('location.hash = "token=operator"')
      await page.waitForSelector('h1:text("Overview")')
      expect(new URL(page.url()).hash).toBe('')
    })

    it('searches a subject of an address without its tenant', async () => {
      const page = await open()
      await go(page, '/explain?subject=alice')
      await page.waitForURL((url) => url.search.includes('tenant='))
      await page.waitForSelector('h2:has-text("alice")')
    })

    it('shows a moment by its age, in UTC and in the zone of the reader on hover, and copies an id', async () => {
      const page = await open()
      await context?.grantPermissions(['clipboard-read', 'clipboard-write'])
      await go(page, '/explain?token=token-before')
      const issued = page.locator('dd time').first()
      expect(await issued.textContent()).toMatch(/ago$/)
      expect(await issued.getAttribute('title')).toMatch(/UTC\n/)
      await page.click('[aria-label="Copy token-before"]')
      await page.waitForSelector('h2 [role=status]:text("Copied")')
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('token-before')
    })

    it.each([
      ['/edges?standing=stale', 'npx freshet edge ls --standing stale'],
      [
        '/quarantine?state=any&reason=event.unauthentic',
        'npx freshet quarantine ls --state any --code event.unauthentic',
      ],
      ['/audit?stream=control', 'npx freshet audit ls --stream control'],
    ])('copies %s with its filters, as a command', async (view, command) => {
      const page = await open()
      await go(page, view)
      expect(await page.getAttribute('button:text("Copy as CLI")', 'title')).toBe(command)
    })

    it('describes in text the content of a chart, and its time range for any reader', async () => {
      const page = await open()
      await go(page, '/slos')
      await page.waitForSelector('.heats svg[role=img][aria-label^="Append to last edge: "]')
      const summary = page.locator('.heats summary').last()
      await summary.press('Enter')
      await page.waitForSelector('details[open] td:text("never")')
      await page.selectOption('select', '1')
      await page.waitForSelector(
        'text=No live change that took something away was measured in this time.',
      )
    })

    it('goes by keys alone', async () => {
      const page = await open()
      await page.keyboard.press('g')
      await page.keyboard.press('l')
      await page.waitForSelector('h1:text("Live")')
      await page.keyboard.press('/')
      expect(await page.evaluate('document.activeElement.id')).toBe('search')
    })
  },
)

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}

function weather(): SeededConsole['weather'] {
  if (seeded === undefined) throw new Error('not started')
  return seeded.weather
}

async function open(role: string = 'operator'): Promise<Page> {
  if (browser === undefined) throw new Error('Chromium is needed where CI is set.')
  const viewport = SIZES.wide
  context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  context.setDefaultTimeout(WAIT_MS)
  const page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/40[014]/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin())) complaints.push(`asked ${request.url()}`)
  })
  await page.clock.setFixedTime(seeded?.world.clock.nowMs() ?? 0)
  await page.goto(`${origin()}/#token=${role}`)
  await page.waitForSelector('h1')
  return page
}

async function go(page: Page, view: string): Promise<void> {
  await page.goto(origin() + view)
  await page.waitForSelector('h1')
  await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
}

interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** Evaluates code rather than adding a script to the page, because the test covers the content policy. */
async function breaches(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeAnswer>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}

function nameOf(view: string): string {
  return view.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'overview'
}

function origin(): string {
  return seeded?.url ?? ''
}
