import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import type { VerifyKey } from '@freshet/wire'
import type { EdgeWorld } from '@freshet/testkit'

/** The authority of a world, as far as an edge discovers its keys. */
export interface Issuer extends AsyncDisposable {
  /** Its URL, and so the `iss` of its tokens. */
  readonly url: string
  /** Another issuer at the same server, which has only keys of future kinds. */
  readonly futureUrl: string
}

/** Decides a question of an edge (AuthZEN 1.0), by the credentials of the caller. */
export type Evaluate = (authorization: string, question: unknown) => object

const EVALUATION = '/access/v1/evaluation'
const CHECKPOINTS = '/.well-known/freshet-checkpoints.jwks.json'

/** Members of a key set that this build does not know: of another `kty`, `alg`, `crv` or `use`. */
export const FUTURE_KEYS: readonly object[] = [
  { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA', use: 'sig', kid: 'post-quantum' },
  { kty: 'EC', crv: 'P-521', alg: 'ES512', x: 'AA', y: 'AA', use: 'sig', kid: 'longer' },
  { kty: 'OKP', crv: 'X25519', x: 'AA', use: 'enc', kid: 'encryption' },
  { kty: 'RSA', alg: 'RS-of-tomorrow', n: 'AA', e: 'AQAB', kid: 'token-1' },
]

/**
 * Serves the metadata and both key sets of a world on loopback (RFC 8414). Both sets also have the
 * {@link FUTURE_KEYS}, which every edge must pass over.
 */
export async function issuerOf(world: EdgeWorld, evaluate?: Evaluate): Promise<Issuer> {
  const server: Server = createServer(async (request, response) => {
    const { authorization = '' } = request.headers
    const isQuestion = request.method === 'POST' && request.url === EVALUATION
    const answer = isQuestion
      ? evaluate?.(authorization, await json(request))
      : answers(url, world)[request.url ?? '']
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    futureUrl: `${url}/future`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answers(issuer: string, { keys }: EdgeWorld): Readonly<Record<string, object>> {
  return {
    '/.well-known/oauth-authorization-server': { issuer, jwks_uri: `${issuer}/tokens` },
    '/.well-known/authzen-configuration': {
      policy_decision_point: issuer,
      access_evaluation_endpoint: `${issuer}${EVALUATION}`,
    },
    '/tokens': jwks(keys.tokens),
    [CHECKPOINTS]: jwks(keys.checkpoints),
    '/.well-known/oauth-authorization-server/future': {
      issuer: `${issuer}/future`,
      jwks_uri: `${issuer}/future/tokens`,
      freshet_checkpoints_jwks_uri: `${issuer}${CHECKPOINTS}`,
    },
    '/future/tokens': jwks([]),
  }
}

function jwks(keys: readonly VerifyKey[]): object {
  const jwkOf = ({ kid, alg, key }: VerifyKey): object => {
    return { ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  }
  return { keys: [...FUTURE_KEYS, ...keys.map(jwkOf)] }
}
