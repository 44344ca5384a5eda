import type { Browser, Page } from 'playwright-core'
import { findInPalette } from '../browser/find-in-palette.ts'
import { loggedIn } from '../browser/logged-in.ts'
import { wakePage } from '../browser/wake-page.ts'
import type { Distribution } from '../measure/distribution.ts'
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
import { askConsole } from '../stack/console.ts'
import { keepMoving } from '../stack/keep-moving.ts'
import { storeChanges } from '../stack/many-changes.ts'
import { seedPeople } from '../stack/people.ts'

const STORED = 100_000
const CHANGES_PER_S = 10

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
    {
      id: 'console.palette',
      unit: 'ms',
      about: `headless Chromium: the last key of an id in the search → the frame with its find, ${STORED.toLocaleString('en')} changes stored`,
      target: { atMost: 100 },
    },
    {
      id: 'console.wake',
      unit: 'ms',
      about:
        'headless Chromium: the end of an hour in which the overview was frozen → it shows the present figures',
      target: { atMost: 2_000 },
    },
    {
      id: 'console.health',
      unit: 'ms',
      about: 'GET /v1/health over HTTP keep-alive, one at a time, with the same changes',
      target: { atMost: 20 },
    },
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
  const page = await loggedIn(browser, stack, NOTE_PAINT)
  const readings = await repeat(context, async () => ({
    'console.paint': await painted(context, page, stack.at.console + VIEWS.overview),
    'console.paint.slos': await painted(context, page, stack.at.console + VIEWS.slos),
    'console.paint.edges': await painted(context, page, stack.at.console + VIEWS.edges),
    'console.paint.live': await painted(context, page, stack.at.console + VIEWS.live),
    'console.palette': await findInPalette(page, context.quick ? 15 : 60, STORED),
    'console.health': await healths(context, stack),
    'console.wake': await woken(context, browser, stack),
  }))
  moving.stop()
  return readings
}

async function painted({ quick }: BenchContext, page: Page, url: string): Promise<Distribution> {
  const latencies = new Latencies()
  for (let n = 0; n < (quick ? 10 : 30); n += 1) {
    await page.goto('about:blank')
    await page.goto(url, { waitUntil: 'commit' })
    latencies.record((await page.evaluate<number>('window.painted')) * NS_PER.ms)
  }
  return latencies.distribution('ms')
}

async function healths({ clock, quick }: BenchContext, stack: BenchStack): Promise<Distribution> {
  const latencies = new Latencies()
  for (let n = 0; n < (quick ? 100 : 500); n += 1) {
    const startNs = clock.nowNs()
    await askConsole(stack, '/v1/health')
    latencies.record(clock.nowNs() - startNs)
  }
  return latencies.distribution('ms')
}

/** The page has a context of its own: its clock is not that of the other pages. */
async function woken(
  { clock, quick }: BenchContext,
  browser: Browser,
  stack: BenchStack,
): Promise<Distribution> {
  const page = await loggedIn(browser, stack)
  try {
    return await wakePage(page, clock, quick ? 3 : 10)
  } finally {
    await page.close()
  }
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
