/** The name of a service that `freshet serve` runs. */
export type ServiceName = 'gateway' | 'reconciler' | 'authority' | 'console' | 'sidecar'
/** The name of a service that an installation can have: it needs it if the registry has a `connect`. */
type OptionalName = 'connect'

/** A service and its work. */
export interface ServedService<Name = ServiceName | OptionalName> {
  readonly service: Name
  readonly work: string
}

/** The services of every installation, in the order in which they start. */
export const SERVED: readonly ServedService<ServiceName>[] = [
  { service: 'gateway', work: 'accepts the changes of sources and appends them to Kafka' },
  { service: 'reconciler', work: 'records the changes and publishes revocations' },
  { service: 'authority', work: 'mints access tokens' },
  { service: 'console', work: 'shows the state, and answers the command line' },
  { service: 'sidecar', work: 'decides the requests of services and proxies' },
]

/** Every service that `freshet serve` runs. */
export const SERVABLE: readonly ServedService[] = [
  ...SERVED,
  { service: 'connect', work: 'reads the upstream systems of sources, if the registry has any' },
]

/** The service with this name. */
export function serviceNamed(name: string | undefined): ServedService['service'] | undefined {
  return SERVABLE.find(({ service }) => service === name)?.service
}

/** The service that a command line runs: `serve NAME`, and no further argument. */
export function serviceIn(args: readonly string[]): ServedService['service'] | undefined {
  const [verb, name, ...more] = args
  return verb === 'serve' && more.length === 0 ? serviceNamed(name) : undefined
}
