import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { startChromium } from '../setup/chromium.ts'
import { seededConsole, type SeededConsole } from './seeded-console.ts'
import { visitsTo, type Visits } from './visits.ts'

/** The console of a suite and the visits to it. Both exist from the first test on. */
export interface BrowserWorld {
  readonly seeded: SeededConsole
  readonly visits: Visits
}

/**
 * Registers the tests of a console in a browser of their own. Without a browser they are left out, and fail where CI
 * is set.
 */
export async function browserSuite(
  title: string,
  register: (world: BrowserWorld) => void,
): Promise<void> {
  const browser: Browser | undefined = await startChromium()
  describe.skipIf(browser === undefined && process.env['CI'] === undefined)(
    `${title}, in a browser`,
    () => {
      const world = {} as { seeded: SeededConsole; visits: Visits }
      beforeAll(async () => {
        world.seeded = await seededConsole()
        world.visits = visitsTo(browser, world.seeded)
      })
      afterEach(() => world.visits.end())
      afterAll(async () => {
        await browser?.close()
        await world.seeded?.close()
      })
      register(world)
    },
  )
}
