import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../packages/cli/src/demo/until.ts'
import { startStack, type Stack } from '../../../packages/cli/src/stack/stack.ts'
import { startChromium } from '../../setup/chromium.ts'
import { canRun, freeze } from '../../e2e/test-stack.ts'
import { freshDatabase, type FreshDatabase } from '../../setup/database.ts'
import { takeBroker, type StackBroker } from '../../setup/stack-broker.ts'
import { openGallery, type Gallery } from './gallery.ts'
import { forgeRecord, playStory, type Story } from './story.ts'
import { viewsOf } from './views.ts'

/** The folder of the pictures: `npm run docs -- --screens --all FOLDER` sets it. */
const FOLDER = process.env['SCREENS_FOLDER']
const SHOWN_WITHIN_MS = 60_000
/** Seventeen pages in four forms. */
const PICTURES_WITHIN_MS = 600_000

describe.runIf(canRun && FOLDER !== undefined)('pictures of every page of a real stack', () => {
  const folder = FOLDER ?? ''
  let dir: string
  let broker: StackBroker
  let database: FreshDatabase
  let stack: Stack
  let browser: Browser
  let story: Story | undefined
  beforeAll(async () => {
    const found = await startChromium()
    if (found === undefined) throw new Error('No Chromium runs here.')
    browser = found
    dir = await mkdtemp(join(tmpdir(), 'freshet-screens-'))
    broker = await takeBroker()
    database = await freshDatabase({ max: 1 })
    stack = await startStack({
      dir,
      signal: new AbortController().signal,
      onStep: () => {},
      onDeath: () => {},
      stores: { brokers: broker.brokers, databaseUrl: database.url },
    })
  })
  afterAll(async () => {
    await browser.close()
    await stack.stop()
    await database.drop()
    await broker.free()
    await rm(dir, { recursive: true, force: true })
  })

  async function stateIs(...meant: readonly string[]): Promise<void> {
    const headers = { authorization: `Bearer ${stack.workspace.adminToken}` }
    await until(meant.join(' or '), SHOWN_WITHIN_MS, async () => {
      const answer = await fetch(new URL('/v1/health', stack.at.console), { headers })
      const { state } = (await answer.json()) as { state: string }
      return meant.includes(state) ? true : undefined
    })
  }

  const opened = (): Promise<Gallery> => openGallery({ browser, stack }, viewsOf(story), folder)

  async function pictures(state: string): Promise<void> {
    const gallery = await opened()
    expect(await gallery.shoot(state)).toEqual([])
    await gallery.close()
  }

  it(
    'empty: just started',
    async () => {
      await stateIs('fresh', 'degraded')
      await pictures('empty')
    },
    PICTURES_WITHIN_MS,
  )

  it(
    'fresh, with a story',
    async () => {
      story = await playStory(stack)
      await stateIs('fresh')
      await pictures('fresh')
    },
    PICTURES_WITHIN_MS,
  )

  it(
    'degraded: an edge hangs, and a record is quarantined',
    async () => {
      if (story !== undefined) story = { ...story, quarantinedId: await forgeRecord(stack) }
      const thaw = freeze(stack, 'sidecar:2')
      await stateIs('degraded')
      await pictures('degraded')
      thaw()
    },
    PICTURES_WITHIN_MS,
  )

  it(
    'not fresh: the reconciler hangs',
    async () => {
      const thaw = freeze(stack, 'reconciler')
      await stateIs('not-fresh')
      await pictures('not-fresh')
      thaw()
    },
    PICTURES_WITHIN_MS,
  )

  it(
    'unknown: the console hangs behind open pages',
    async () => {
      const gallery = await opened()
      const thaw = freeze(stack, 'console')
      const page = gallery.pages.get('overview')
      await page?.waitForSelector('.verdict-bar:has-text("Unknown")')
      await page?.waitForSelector('.outdated table')
      await gallery.pages.get('live')?.waitForSelector('.outdated table')
      expect(await gallery.shoot('unknown')).toEqual([])
      thaw()
      await gallery.close()
    },
    PICTURES_WITHIN_MS,
  )
})
