const IPV4_LOOPBACK = /^127(?:\.\d{1,3}){3}$/

/**
 * Returns whether a host means this machine alone: `localhost`, 127.0.0.0/8 or `::1`, with or without
 * brackets. Names are not resolved, so any other name counts as remote.
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name === '::1' || IPV4_LOOPBACK.test(name)
}
