import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))

/** Root of the checkout that this program runs from. */
export const ROOT: string = join(HERE, '../../../..')

/** The built entry of a service: in the checkout, else in the package of the service if it is installed. */
export function serviceEntry(name: string): string {
  const inCheckout = join(ROOT, 'services', name, 'dist', 'main.js')
  if (existsSync(inCheckout)) return inCheckout
  try {
    const manifest = createRequire(import.meta.url).resolve(`@freshet/service-${name}/package.json`)
    return join(dirname(manifest), 'dist', 'main.js')
  } catch {
    return inCheckout
  }
}

/** A file of the checkout. An installed package has a copy of it in its build. */
function shipped(path: string): string {
  const inCheckout = join(ROOT, path)
  return existsSync(inCheckout) ? inCheckout : join(HERE, '../assets', path)
}

/** The example registry that `dev` and `demo` copy and complete with keys. */
export const EXAMPLE_REGISTRY: string = shipped('infra/registry/registry.yaml')

/** The program of a sample source, whether or not this file is built. */
export const SAMPLE_SOURCE: string = join(HERE, '../../dist/stack/sample-source.js')

/** The plan of the topics. */
export const TOPICS_FILE: string = shipped('infra/topics.yaml')

/** The alerts about a state. */
export const ALERTS_FILE: string = shipped('infra/prometheus/freshet-alerts.yaml')
