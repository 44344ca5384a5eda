import type { IncomingMessage } from 'node:http'
import { bearerToken, type Edge } from '@freshet/edge'
import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'

/** Returns the claims of the request. It throws if the token is not valid, or if the edge refuses it. */
export async function verified(
  edge: Edge,
  keys: JWTVerifyGetKey,
  request: IncomingMessage,
): Promise<JWTPayload> {
  const token = bearerToken(request.headers.authorization) ?? ''
  const result = await jwtVerify(token, keys, { algorithms: ['ES256'] })
  if (await edge.isRevoked(request, result)) throw new Error('The token is stale or unverified.')
  return result.payload
}
