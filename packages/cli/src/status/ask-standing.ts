import { consoleClient, type ConsoleAccess } from '../http/console-client.ts'
import type { ShownStatus } from '../output/status/status-text.ts'
import { servicesOf, type DevFile } from '../stack/dev-file.ts'
import { askHealth } from './ask-health.ts'
import { askServices } from './ask-services.ts'

/**
 * Asks a console for its verdict and for everything that one screen shows, and the services of a stack that runs
 * here. While the console does not answer there is a verdict alone.
 */
export async function askStanding(access: ConsoleAccess, dev?: DevFile): Promise<ShownStatus> {
  const client = consoleClient(access)
  const [health, services] = await Promise.all([
    askHealth(access),
    askServices(dev ? servicesOf(dev) : {}),
  ])
  // The figures have the same cause, and they are not waited for.
  if (health.state === 'unknown') return { health, services }
  return { health, services, figures: await figuresOf(client) }
}

async function figuresOf(
  client: ReturnType<typeof consoleClient>,
): Promise<NonNullable<ShownStatus['figures']>> {
  const [status, edges] = await Promise.all([client.status(), client.edges()])
  return { ...status, edges: edges.items, groups: edges.groups ?? [] }
}
