import type { Stack } from '../../packages/cli/src/stack/stack.ts'

/** The secret of clients that a test adds to the registry of its stack. */
export const SECRET = 'of-a-test'

/** Posts a form to an OAuth route of the authority as a client of the dev registry. */
export async function askAuthority(
  stack: Stack,
  path: '/oauth/token' | '/oauth/introspect' | '/oauth/revoke',
  client: string,
  form: Readonly<Record<string, string>>,
): Promise<{
  readonly status: number
  /** Absent if the answer has no `Retry-After`. */
  readonly retryAfterS?: string
  readonly body: Readonly<Record<string, unknown>>
}> {
  const { authority, clients } = stack.describe()
  const secret = clients[client]?.secret ?? SECRET
  const credentials = Buffer.from(`${client}:${secret}`).toString('base64')
  const response = await fetch(new URL(path, authority.url), {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
  const retryAfterS = response.headers.get('retry-after')
  return { status: response.status, ...(retryAfterS !== null && { retryAfterS }), body }
}
