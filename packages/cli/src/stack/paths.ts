import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the checkout that this program runs from. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

/** The built entry of a service. */
export function serviceEntry(name: string): string {
  return join(ROOT, 'services', name, 'dist', 'main.js')
}

/** The example registry that `dev` and `demo` copy and complete with keys. */
export const EXAMPLE_REGISTRY: string = join(ROOT, 'infra', 'registry', 'registry.yaml')

/** The plan of the topics. */
export const TOPICS_FILE: string = join(ROOT, 'infra', 'topics.yaml')
