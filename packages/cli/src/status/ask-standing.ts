import { setTimeout as wait } from 'node:timers/promises'
import { consoleClient, type ConsoleAccess, type ConsoleClient } from '../http/console-client.ts'
import type { ShownStatus, StatusFigures } from '../output/status/status-text.ts'
import { servicesOf, type DevFile } from '../stack/dev-file.ts'
import { askHealth } from './ask-health.ts'
import { askServices } from './ask-services.ts'

/** The verdict does not wait for figures that hang: a broker that hangs is named by its cause. */
const FIGURES_WITHIN_MS = 5_000

/**
 * Asks a console for its verdict and for everything that one screen shows, and the services of a stack that runs
 * here. Figures that are not there in time are left out.
 */
export async function askStanding(access: ConsoleAccess, dev?: DevFile): Promise<ShownStatus> {
  const [health, services, figures] = await Promise.all([
    askHealth(access),
    askServices(dev ? servicesOf(dev) : {}),
    figuresInTime(consoleClient(access)),
  ])
  return { health, services, ...(figures && { figures }) }
}

async function figuresInTime(client: ConsoleClient): Promise<StatusFigures | undefined> {
  const over = new AbortController()
  const late = wait(FIGURES_WITHIN_MS, undefined, { signal: over.signal }).catch(() => undefined)
  try {
    return await Promise.race([figuresOf(client).catch(() => undefined), late])
  } finally {
    over.abort()
  }
}

async function figuresOf(client: ConsoleClient): Promise<StatusFigures> {
  const [status, edges] = await Promise.all([client.status(), client.edges()])
  return { ...status, edges: edges.items, groups: edges.groups ?? [] }
}
