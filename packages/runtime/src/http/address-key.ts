const V4_IN_V6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
/** Groups of an IPv6 address that name the network. */
const NETWORK_GROUPS = 4

/**
 * The key by which limits count a peer: an IPv4 address, or the /64 network of an IPv6 address, since
 * one host has all addresses of its network. All peers without an address count as one.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const [, v4] = V4_IN_V6.exec(address) ?? []
  if (v4 !== undefined) return v4
  return address.includes(':') ? networkOf(address) : address
}

function networkOf(address: string): string {
  const [bare = ''] = address.split('%')
  const [before = '', after] = bare.split('::')
  const first = before === '' ? [] : before.split(':')
  const last = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}
