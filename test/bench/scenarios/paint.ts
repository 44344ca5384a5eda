import type { Browser, Page } from 'playwright-core'
import { NS_PER, Latencies } from '../measure/latencies.ts'
import { startChromium } from '../run/chromium.ts'
import {
  repeat,
  SkippedError,
  type BenchContext,
  type Readings,
  type Scenario,
} from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { keepMoving } from '../stack/keep-moving.ts'
import { storeChanges } from '../stack/many-changes.ts'
import { seedPeople } from '../stack/people.ts'

const STORED = 100_000
const CHANGES_PER_S = 10
const PAINTED_WITHIN_MS = 10_000

/** The pages by name. Each is measured until it shows its first answers, in the place of “Loading …”. */
const VIEWS = { overview: '/', slos: '/slos', edges: '/edges', live: '/live' } as const

/** Measures the time for which a person waits for a page of the console. */
export const paintingConsole: Scenario = {
  metrics: [
    {
      id: 'console.paint',
      unit: 'ms',
      about: `headless Chromium: request of the overview → the first frame with its status, ${STORED.toLocaleString('en')} changes stored; a fresh load, one at a time`,
      target: { atMost: 1_000 },
    },
    ...(['slos', 'edges', 'live'] as const).map((view) => ({
      id: `console.paint.${view}`,
      unit: 'ms' as const,
      about: `the same of the page ${VIEWS[view]}: the first frame without open requests`,
      target: { atMost: 1_000 },
    })),
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const browser = await startChromium()
  if (browser === undefined) throw new SkippedError('no Chromium runs here')
  context.defer(() => browser.close())
  const stack = await startStack(context, ['reconciler', 'authority', 'console', 'sidecar'])
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  await storeChanges(stack.database, STORED)
  const moving = keepMoving(context, feed, CHANGES_PER_S)
  const page = await loggedIn(browser, stack)
  const readings = await repeat(context, async () => ({
    'console.paint': await painted(context, page, stack.at.console + VIEWS.overview),
    'console.paint.slos': await painted(context, page, stack.at.console + VIEWS.slos),
    'console.paint.edges': await painted(context, page, stack.at.console + VIEWS.edges),
    'console.paint.live': await painted(context, page, stack.at.console + VIEWS.live),
  }))
  moving.stop()
  return readings
}

async function loggedIn(browser: Browser, { at, workspace }: BenchStack): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 860 } })
  page.setDefaultTimeout(PAINTED_WITHIN_MS)
  await page.addInitScript({ content: NOTE_PAINT })
  await page.goto(`${at.console}/#token=${workspace.adminToken}`)
  await page.waitForSelector('.verdict-bar')
  return page
}

async function painted(
  { quick }: BenchContext,
  page: Page,
  url: string,
): Promise<ReturnType<Latencies['distribution']>> {
  const latencies = new Latencies()
  for (let n = 0; n < (quick ? 10 : 30); n += 1) {
    await page.goto('about:blank')
    await page.goto(url, { waitUntil: 'commit' })
    latencies.record((await page.evaluate<number>('window.painted')) * NS_PER.ms)
  }
  return latencies.distribution('ms')
}

/**
 * Checks each frame from the start of the load. It waits until the page has a heading and no request is
 * pending; the next frame shows it.
 */
const NOTE_PAINT = `window.painted = new Promise((tell) => {
  const look = () => {
    const isTold = document.querySelector('h1') && !document.querySelector('[aria-busy=true]')
    requestAnimationFrame(isTold ? () => tell(performance.now()) : look)
  }
  requestAnimationFrame(look)
})`
