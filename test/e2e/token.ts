import { ProblemError } from '@freshet/source/problem'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'
import { mintToken, type TokenRequest } from '../../packages/cli/src/stack/token-client.ts'
import { DEV_CLIENT } from '../../packages/cli/src/stack/workspace.ts'

const MINT_WITHIN_MS = 20_000

/** Mints a token. It repeats a request that is answered 503, because a source has no current lease yet. */
export async function mint(stack: Stack, subject: string, audience = 'payments'): Promise<string> {
  const { value } = await until(`a token for ${subject}`, MINT_WITHIN_MS, () =>
    mintToken(requestFor(stack, subject, audience)).catch((error: unknown) => {
      if (error instanceof ProblemError && error.status === 503) return undefined
      throw error
    }),
  )
  return value.access_token
}

/** Requests a token once and returns the refusal; `undefined` if there was none. */
export async function refusal(stack: Stack, subject: string): Promise<ProblemError | undefined> {
  try {
    await mintToken(requestFor(stack, subject, 'payments'))
    return undefined
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}

/** Returns the claim `groups` of a token; empty if it has none. */
export function groupsOf(token: string): readonly string[] {
  return payloadOf(token).groups ?? []
}

/** Returns the id of a token. */
export function jtiOf(token: string): string {
  return payloadOf(token).jti
}

/** The members of a token that tests read. */
export interface Payload {
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly scope?: string
  readonly sub: string
  readonly act?: { readonly sub: string }
  readonly freshet: { readonly pv: number; readonly omitted?: readonly string[] }
  readonly groups?: readonly string[]
  readonly entitlements?: readonly string[]
  readonly duties?: readonly string[]
  readonly teams?: readonly string[]
  readonly roles?: readonly string[]
  readonly holds?: readonly string[]
  readonly grades?: readonly string[]
}

/** Reads a token without verifying it. */
export function payloadOf(token: string): Payload {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Payload
}

/** Returns the request of the stack's client for a token about a subject. */
export function requestFor(stack: Stack, subject: string, audience: string): TokenRequest {
  const { authority, idp, clients } = stack.describe()
  const client = clients[DEV_CLIENT] ?? { id: '', secret: '' }
  return { authority: authority.url, issuer: authority.issuer, idp, client, subject, audience }
}
