/** A server, by host and port. */
export interface HostPort {
  readonly host: string
  readonly port: string
}

/** The most servers of one connection string. */
export const HOSTS_MAX = 5

/**
 * Pairs the hosts of a connection string with their ports, both as lists with commas: one port counts for all hosts.
 *
 * @returns `undefined` if they do not pair, or if there are more than {@link HOSTS_MAX}
 */
export function pairHosts(hosts: string, ports: string): readonly HostPort[] | undefined {
  const named = hosts.split(',')
  const given = ports.split(',')
  const [first = ''] = given
  if (named.length > HOSTS_MAX || named.includes('') || given.includes('')) return undefined
  if (given.length !== 1 && given.length !== named.length) return undefined
  return named.map((host, at) => ({ host, port: given[at] ?? first }))
}
