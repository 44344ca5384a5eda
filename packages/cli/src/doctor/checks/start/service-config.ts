import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FreshetError } from '@freshet/protocol'
import type { ServiceName } from '../../../installation/service-names.ts'
import type { Shell } from '../../../shell.ts'
import { serviceEntry } from '../../../stack/paths.ts'

/** The address that a service listens on. */
export interface ServiceAddress {
  readonly host: string
  readonly port: number
  /** A second port, for the questions of proxies. */
  readonly proxyPort?: number | undefined
}

type ReadConfig = (env: Shell['env']) => ServiceAddress

/**
 * Reads the environment as the service does, by the service's own code.
 *
 * @throws `config.invalid` with every problem at once, or where the service is not installed
 */
export async function readServiceConfig(
  service: ServiceName,
  env: Shell['env'],
): Promise<ServiceAddress> {
  const file = join(dirname(serviceEntry(service)), 'config.js')
  if (!existsSync(file))
    throw new FreshetError('config.invalid', `The service ${service} is not installed here.`)
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, ReadConfig>>
  const read = module[`${service}Config`]
  if (read === undefined)
    throw new FreshetError('config.invalid', `The service ${service} is of another release.`)
  return read(env)
}
