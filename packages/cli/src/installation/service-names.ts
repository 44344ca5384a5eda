/** The name of a service that `freshet serve` runs. */
export type ServiceName = 'gateway' | 'reconciler' | 'authority' | 'console' | 'sidecar'

/** A service and its work. */
export interface ServedService {
  readonly service: ServiceName
  readonly work: string
}

/** Every service, in the order in which they start. */
export const SERVED: readonly ServedService[] = [
  { service: 'gateway', work: 'accepts the changes of sources and appends them to Kafka' },
  { service: 'reconciler', work: 'records the changes and publishes revocations' },
  { service: 'authority', work: 'mints access tokens' },
  { service: 'console', work: 'shows the state, and answers the command line' },
  { service: 'sidecar', work: 'decides the requests of services and proxies' },
]

/** The service with this name. */
export function serviceNamed(name: string | undefined): ServiceName | undefined {
  return SERVED.find(({ service }) => service === name)?.service
}

/** The service that a command line runs: `serve NAME`, and no further argument. */
export function serviceIn(args: readonly string[]): ServiceName | undefined {
  const [verb, name, ...more] = args
  return verb === 'serve' && more.length === 0 ? serviceNamed(name) : undefined
}
