/** The scheme that an access token is sent by: RFC 6750, or RFC 9449 with a proof. */
export type TokenScheme = 'Bearer' | 'DPoP'

/** The parts of a request by which its sender proves to hold the key that a token is bound to. */
export interface SenderProof {
  /** The scheme of the `Authorization` header; default `Bearer`. */
  readonly scheme?: TokenScheme
  /** The method that the client asked for. */
  readonly method?: string | undefined
  /**
   * The target that the client asked for: `/approve?amount=5`, or an absolute URL. Only the path
   * counts: the client chooses the `Host` header, so the option `urls` of `dpop` names the rest.
   */
  readonly url?: string | undefined
  /** The `DPoP` header. Fields that were sent twice are a list, or joined by a comma. */
  readonly dpop?: string | readonly string[] | undefined
  /** DER of the certificate of the client, where this process ended its TLS connection. */
  readonly certificate?: (() => Uint8Array | undefined) | undefined
  /** The address that the connection comes from: the client's, or that of a proxy. */
  readonly address?: string | undefined
  /** A further header by its name in lower case. */
  readonly header?: ((name: string) => unknown) | undefined
}

/** A request as Express, Fastify, Koa and `node:http` have it, as far as proofs are read from it. */
export interface ProvingRequest {
  readonly headers: object
  readonly method?: string | undefined
  readonly originalUrl?: string | undefined
  readonly url?: string | undefined
  readonly socket?: unknown
}

interface PeerSocket {
  readonly remoteAddress?: string
  getPeerX509Certificate?(): { readonly raw: Uint8Array } | undefined
}

const authorization = /^(Bearer|DPoP) +([^\s]+)$/i

/** The token of an `Authorization` header with its scheme; undefined for another scheme. */
export function accessToken(
  header: string | undefined,
): { readonly scheme: TokenScheme; readonly token: string } | undefined {
  const [, scheme = '', token] = authorization.exec(header ?? '') ?? []
  if (token === undefined) return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
}

/**
 * Reads the parts of a request that prove possession, for `decide` and `verify`. It believes
 * nothing: the hooks of the option `proof` do.
 *
 * @example
 * await edge.decide({ token, proof: senderProof(request), require })
 */
export function senderProof(request: ProvingRequest): SenderProof {
  const headers = request.headers as Readonly<Record<string, unknown>>
  const { authorization: sent, dpop } = headers as {
    readonly authorization?: string
    readonly dpop?: string | readonly string[]
  }
  const socket = (request.socket ?? {}) as PeerSocket
  return {
    scheme: accessToken(sent)?.scheme ?? 'Bearer',
    method: request.method,
    url: request.originalUrl ?? request.url,
    dpop,
    certificate: () => socket.getPeerX509Certificate?.()?.raw,
    address: socket.remoteAddress,
    header: (name) => headers[name],
  }
}
