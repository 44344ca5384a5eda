import type { Context } from 'hono'
import { addressKey } from './address-key.ts'
import type { RequestEnv } from './request-env.ts'

/**
 * The address of the peer of a request, as limits count it. That of a proxy stands for all clients behind it,
 * and all requests without a socket count as one address.
 */
export function peerAddress(c: Context): string {
  const { incoming } = Object(c.env) as Partial<RequestEnv>
  return addressKey(incoming?.socket.remoteAddress)
}
