import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DEV_CLIENT, DEV_IDP } from '@freshet/cli/stack'
import { importJWK, SignJWT, type JWK } from 'jose'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from './bench-stack.ts'
import { PEOPLE, personNamed } from './people.ts'

const LIFE = '5m'
const ATTEMPTS_MAX = 300
const ATTEMPT_EVERY_MS = 100
const PREFIX = 'urn:ietf:params:oauth'

/** The parts of a stack that requests for tokens need. */
export type TokenStack = Pick<BenchStack, 'workspace' | 'at'>

/** Returns the headers of a form sent by the example's client. */
export function formHeaders({
  workspace,
}: Pick<TokenStack, 'workspace'>): Readonly<Record<string, string>> {
  const credentials = Buffer.from(
    `${DEV_CLIENT}:${workspace.clientSecrets[DEV_CLIENT] ?? ''}`,
  ).toString('base64')
  return {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
}

/** Returns bodies of token exchanges (RFC 8693): each with a new token of the identity provider. */
export async function exchangeBodies(
  { workspace, at }: TokenStack,
  count: number,
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
        subject_token: await subjectToken(n % PEOPLE),
        subject_token_type: `${PREFIX}:token-type:jwt`,
        audience: 'payments',
      }).toString(),
    ),
  )
}

/**
 * Mints one token for every person, as soon as the leases of all sources are current and every person is
 * known. Returns the first token.
 */
export async function firstToken(context: BenchContext, stack: BenchStack): Promise<string> {
  const bodies = await exchangeBodies(stack, PEOPLE)
  const tokens: string[] = []
  for (const body of bodies) tokens.push(await tokenFor(body, context, stack))
  return tokens[0] ?? ''
}

async function tokenFor(body: string, context: BenchContext, stack: BenchStack): Promise<string> {
  const headers = formHeaders(stack)
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const answer = await fetch(tokenUrl(stack), { method: 'POST', headers, body })
    if (answer.ok) return ((await answer.json()) as { access_token: string }).access_token
    await answer.body?.cancel()
    await context.clock.sleep(ATTEMPT_EVERY_MS)
  }
  throw new Error('The authority mints nothing.')
}

/** Returns the address of token exchanges. */
export function tokenUrl({ at }: Pick<TokenStack, 'at'>): string {
  return `${at.authority}/oauth/token`
}
