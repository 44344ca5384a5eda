import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DEV_CLIENT, DEV_IDP } from '@freshet/cli/stack'
import { importJWK, SignJWT, type JWK } from 'jose'
import type { BenchStack } from '../stack/bench-stack.ts'
import { personNamed } from '../stack/people.ts'

const LIFE = '5m'
const PREFIX = 'urn:ietf:params:oauth'

/** The headers of a token exchange by the example's client. */
export function exchangeHeaders({ workspace }: BenchStack): Readonly<Record<string, string>> {
  const credentials = Buffer.from(`${DEV_CLIENT}:${workspace.clientSecret}`).toString('base64')
  return {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
}

/** Bodies of token exchanges (RFC 8693): each with a new token of the identity provider. */
export async function exchangeBodies(
  { workspace, at }: BenchStack,
  count: number,
  people: number,
): Promise<readonly string[]> {
  const jwk = JSON.parse(await readFile(workspace.idp.keyFile, 'utf8')) as JWK
  const key = await importJWK(jwk, 'ES256')
  const subjectToken = (person: number): Promise<string> =>
    new SignJWT({ sid: `session-${person}` })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: workspace.idp.kid })
      .setIssuer(DEV_IDP)
      .setSubject(personNamed(person))
      .setAudience(at.authority)
      .setIssuedAt()
      .setExpirationTime(LIFE)
      .setJti(randomUUID())
      .sign(key)
  return Promise.all(
    Array.from({ length: count }, async (_, n) =>
      new URLSearchParams({
        grant_type: `${PREFIX}:grant-type:token-exchange`,
        subject_token: await subjectToken(n % people),
        subject_token_type: `${PREFIX}:token-type:jwt`,
        audience: 'payments',
      }).toString(),
    ),
  )
}
