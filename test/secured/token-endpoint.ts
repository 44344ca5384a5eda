import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const KID = 'k1'
/** The issuer and the audience that the broker expects. */
export const TOKEN_ISSUER = 'https://login.example'
export const TOKEN_AUDIENCE = 'kafka'
/** The secret of each client. */
export const TOKEN_SECRET = 'hush'

/** The content of the next tokens. */
interface Terms {
  /** From now until the end of the token, in seconds. */
  lifeS: number
  audience: string
}

/** An authorization server that gives tokens by client credentials. */
export interface TokenEndpoint extends AsyncDisposable {
  readonly url: string
  /** The public keys, as JSON. */
  readonly jwks: string
  readonly terms: Terms
  /** The ends of the issued tokens, in milliseconds since 1970. */
  readonly endsMs: readonly number[]
  /** Stops answering. */
  readonly end: () => Promise<void>
  /** Answers again, at the same address. */
  readonly start: () => Promise<void>
}

/** Starts one on loopback. Every client has the secret {@link TOKEN_SECRET}, and its name is the principal. */
export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: KID, alg: 'RS256', use: 'sig' }
  const terms: Terms = { lifeS: 300, audience: TOKEN_AUDIENCE }
  const endsMs: number[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, basic = ''] = request.headers.authorization?.split(' ') ?? []
    const [client = '', secret] = Buffer.from(basic, 'base64').toString().split(':')
    if (secret !== TOKEN_SECRET) return send(response, 401, { error: 'invalid_client' })
    const nowS = Math.floor(Date.now() / 1_000)
    endsMs.push((nowS + terms.lifeS) * 1_000)
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'RS256', kid: KID })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(terms.audience)
      .setSubject(client)
      .setIssuedAt(nowS - 600)
      .setExpirationTime(nowS + terms.lifeS)
      .sign(privateKey)
    // A token that has ended is sent as if it were good: the broker must refuse it, not the client.
    const life = terms.lifeS > 0 ? terms.lifeS : 300
    send(response, 200, { access_token: token, token_type: 'Bearer', expires_in: life })
  }
  let server = listener(answer)
  const port = await listening(server, 0)
  return {
    url: `http://127.0.0.1:${port}/token`,
    jwks: JSON.stringify({ keys: [key] }),
    terms,
    endsMs,
    end: () => closed(server),
    async start() {
      server = listener(answer)
      await listening(server, port)
    },
    [Symbol.asyncDispose]: () => closed(server),
  }
}

function listener(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Server {
  return createServer((request, response) => {
    request.resume()
    void answer(request, response)
  })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
