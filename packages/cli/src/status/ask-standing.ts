import { consoleClient, type ConsoleAccess } from '../http/console-client.ts'
import type { ShownStatus } from '../output/stack/status-text.ts'
import { servicesOf, type DevFile } from '../stack/dev-file.ts'
import { askServices } from './ask-services.ts'

/** Asks a console for everything that one screen shows, and the services of a stack that runs here. */
export async function askStanding(access: ConsoleAccess, dev?: DevFile): Promise<ShownStatus> {
  const client = consoleClient(access)
  const [status, edges, services] = await Promise.all([
    client.status(),
    client.edges(),
    askServices(dev ? servicesOf(dev) : {}),
  ])
  return { ...status, services, edges: edges.items, groups: edges.groups ?? [] }
}
