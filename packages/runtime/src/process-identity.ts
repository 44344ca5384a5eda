import { hostname } from 'node:os'
import type { Clock } from '@freshet/protocol'
import { BUILD, type BuildInfo } from './build-info.ts'
import { readOtlpSettings, type OtlpSettings } from './otlp-variables.ts'
import { randomHex } from './random-id.ts'
import { systemClock } from './system-clock.ts'

/** The identity of a process at the receivers of its spans and figures, and the parts that these need. */
export interface ProcessIdentity extends OtlpSettings, BuildInfo {
  readonly service: string
  /** The name that separates the processes of a service. */
  readonly instance: string
  readonly clock: Clock
  readonly randomHex: (bytes: number) => string
}

/**
 * Returns the identity of a process, with the receivers that its environment names. An instance that is a port is
 * named by the host, or pod, and that port: a restart keeps the name.
 *
 * @throws `config.invalid` with every problem at once
 */
export function processIdentity(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  instance: string | { readonly port: number },
): ProcessIdentity {
  const otlp = readOtlpSettings(env)
  const name = typeof instance === 'string' ? instance : `${hostname()}:${instance.port}`
  return { ...otlp, ...BUILD, service, instance: name, clock: systemClock, randomHex }
}
