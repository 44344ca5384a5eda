import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PAGES } from '../../services/console/src/pages/page-routes.ts'
import { startChromium } from './chromium.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'

/** Where a person can look at them; git does not. */
const SHOTS = join(import.meta.dirname, 'results')
const SIZES = { wide: { width: 1_280, height: 860 }, narrow: { width: 390, height: 844 } } as const
const VIEWS = [...PAGES, '/explain?change=hr-000000000042', '/explain?token=token-before']

const browser: Browser | undefined = await startChromium()
if (browser === undefined && process.env['CI'] === undefined) {
  process.stderr.write('pages in a browser: skipped, since no Chromium runs here\n')
}

let seeded: SeededConsole | undefined
let context: BrowserContext | undefined
/** What a page complained of: breaches of the content policy, errors, requests to elsewhere. */
let complaints: string[]

describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
  'pages in a browser',
  () => {
    beforeAll(async () => {
      seeded = await seededConsole()
      await mkdir(SHOTS, { recursive: true })
    })
    afterEach(() => context?.close())
    afterAll(async () => {
      await browser?.close()
      await seeded?.server.close()
    })

    it.each(
      (['wide', 'narrow'] as const).flatMap((size) =>
        (['light', 'dark'] as const).map((theme) => [size, theme] as const),
      ),
    )(
      'each shows itself, %s and %s, without a complaint of axe or of the browser',
      async (size, theme) => {
        const page = await open({ size, theme })
        for (const view of VIEWS) {
          await go(page, view)
          await page.screenshot({
            path: join(SHOTS, `${nameOf(view)}-${size}-${theme}.png`),
            fullPage: true,
          })
          expect([
            view,
            await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          ]).toEqual([view, 0])
          expect([view, await breaches(page)]).toEqual([view, []])
        }
        expect(complaints).toEqual([])
      },
    )
  },
)

async function open({
  size = 'wide',
  theme = 'light',
  role = 'operator',
}: {
  readonly size?: keyof typeof SIZES
  readonly theme?: 'light' | 'dark'
  readonly role?: string
}): Promise<Page> {
  if (browser === undefined) throw new Error('Chromium is needed where CI is set.')
  context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/40[14]/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin())) complaints.push(`asked ${request.url()}`)
  })
  await page.clock.setFixedTime(seeded?.world.clock.nowMs() ?? 0)
  await page.goto(`${origin()}/#token=${role}`)
  await page.waitForSelector('h1:text("Overview")')
  return page
}

async function go(page: Page, view: string): Promise<void> {
  await page.goto(origin() + view)
  await page.waitForSelector('h1')
  await page.waitForFunction('document.querySelector("[aria-busy=true]") === null')
}

interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** By evaluating, not by a script in the page: the content policy is one of the things that are tested. */
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
  return seeded?.server.url ?? ''
}
