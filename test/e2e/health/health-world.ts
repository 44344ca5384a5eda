import type { Browser } from 'playwright-core'
import type { EditRegistry } from '../../../packages/cli/src/stack/dev-registry.ts'
import { startChromium } from '../../setup/chromium.ts'
import { cliFolder, type CliFolder } from '../cli.ts'
import type { TestStack } from '../test-stack.ts'
import { openHealthPage, type HealthPage } from './health-page.ts'
import { PlantedStates } from './planted-states.ts'
import { StatesTable } from './states-table.ts'
import { surfacesOf, type Surfaces } from './surfaces.ts'

/** A stack with its own broker, and a browser, on a busy machine. */
export const STARTED_WITHIN_MS = 600_000

/** A stack whose verdict is read on every surface. */
export interface HealthWorld {
  readonly stack: TestStack
  readonly cli: CliFolder
  readonly surfaces: Surfaces
  readonly states: PlantedStates
  readonly table: StatesTable
  /** Without a browser there is none. */
  readonly page: HealthPage | undefined
  /** Writes the table, and stops the stack. */
  readonly stop: () => Promise<void>
}

/** Edits a registry so that the heartbeats of iga are as frequent as those of the other sources. */
export const editHeartbeats: EditRegistry = (registry) => {
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
}

/** Opens the page of a stack whose registry {@link editHeartbeats} edited, and waits until everything is fresh. */
export async function healthWorld(stack: TestStack, report: string): Promise<HealthWorld> {
  const cli = await cliFolder(stack)
  const browser = await neededBrowser()
  const table = new StatesTable()
  const stop = async (): Promise<void> => {
    await table.write(report)
    await browser?.close()
    await cli.dispose()
    await stack.stop()
  }
  try {
    const page = browser && (await openHealthPage(browser, stack))
    const surfaces = surfacesOf(stack, cli, page)
    const states = new PlantedStates(surfaces, table)
    await states.untilFresh()
    return { stack, cli, surfaces, states, table, page, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function neededBrowser(): Promise<Browser | undefined> {
  const browser = await startChromium()
  if (browser === undefined && process.env['CI'] !== undefined)
    throw new Error('Chromium is needed where CI is set.')
  return browser
}
