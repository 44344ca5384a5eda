import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { readProblem } from '@freshet/source/problem'
import { importJWK, SignJWT, type JWK } from 'jose'

/** Life of the identity provider's token that is exchanged. */
const SUBJECT_TOKEN_LIFE_S = 60
const PREFIX = 'urn:ietf:params:oauth'

/** The client and the authority of a token request. */
export interface ExchangeOrder {
  readonly authority: string
  readonly client: { readonly id: string; readonly secret: string }
  readonly audience: string
  /** Absent: none is asked for. */
  readonly scope?: string
}

/** The same, with a subject whose token is signed here as the identity provider signs it. */
export interface TokenRequest extends ExchangeOrder {
  readonly issuer: string
  readonly idp: { readonly issuer: string; readonly keyFile: string }
  readonly subject: string
}

/** The authority's answer (RFC 8693 §2.2). */
export interface MintAnswer {
  readonly access_token: string
  readonly issued_token_type: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope?: string
}

/**
 * Signs a subject token as the identity provider would and exchanges it for an access token.
 *
 * @throws ProblemError with the authority's refusal
 */
export async function mintToken(request: TokenRequest): Promise<MintAnswer> {
  return exchangeToken(request, await subjectToken(request))
}

/**
 * Exchanges a token of an identity provider for an access token.
 *
 * @throws ProblemError with the authority's refusal
 */
export async function exchangeToken(request: ExchangeOrder, token: string): Promise<MintAnswer> {
  const { client, audience, scope } = request
  const response = await fetch(`${request.authority.replace(/\/$/, '')}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: new URLSearchParams({
      grant_type: `${PREFIX}:grant-type:token-exchange`,
      subject_token: token,
      subject_token_type: `${PREFIX}:token-type:jwt`,
      audience,
      ...(scope !== undefined && { scope }),
    }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as MintAnswer
}

/** Signs a token about the subject as the identity provider would. */
export async function subjectToken({ idp, issuer, subject }: TokenRequest): Promise<string> {
  const jwk = JSON.parse(await readFile(idp.keyFile, 'utf8')) as JWK
  const alg = jwk.alg ?? 'ES256'
  return new SignJWT({ sid: `session-${subject}` })
    .setProtectedHeader({ alg, typ: 'JWT', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
    .setIssuer(idp.issuer)
    .setSubject(subject)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime(`${SUBJECT_TOKEN_LIFE_S}s`)
    .setJti(randomUUID())
    .sign(await importJWK(jwk, alg))
}
