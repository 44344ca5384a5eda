import type { Stack } from '../../packages/cli/src/stack/stack.ts'

const TYPE = 'urn:ietf:params:oauth:token-type'
const WITHIN_MS = 20_000

/** The answer of the token endpoint. */
export interface Exchanged {
  readonly status: number
  readonly access_token?: string
  readonly code?: string
  readonly error?: string
  readonly error_description?: string
}

/** Exchanges an ID token at the authority of the stack, over its socket, as a client. */
export async function exchange(stack: Stack, idToken: string, as: string): Promise<Exchanged> {
  const { authority, clients } = stack.describe()
  const { id, secret } = clients[as] ?? { id: '', secret: '' }
  const response = await fetch(new URL('/oauth/token', authority.url), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: idToken,
      subject_token_type: `${TYPE}:id_token`,
      audience: 'payments',
    }),
    signal: AbortSignal.timeout(WITHIN_MS),
  })
  return { status: response.status, ...((await response.json()) as object) }
}
