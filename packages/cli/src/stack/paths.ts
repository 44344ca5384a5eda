import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))

/** Root of the checkout that this program runs from. */
export const ROOT: string = join(HERE, '../../../..')

/** The built entry of a service. */
export function serviceEntry(name: string): string {
  return join(ROOT, 'services', name, 'dist', 'main.js')
}

/** A file of the checkout. An installed package has a copy of it in its build. */
function shipped(path: string): string {
  const inCheckout = join(ROOT, path)
  return existsSync(inCheckout) ? inCheckout : join(HERE, '../assets', path)
}

/** The example registry that `dev` and `demo` copy and complete with keys. */
export const EXAMPLE_REGISTRY: string = shipped('infra/registry/registry.yaml')

/** The plan of the topics. */
export const TOPICS_FILE: string = shipped('infra/topics.yaml')
