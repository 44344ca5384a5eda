import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The receiver of Keycloak's logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5). */
export interface LogoutReceiver {
  readonly url: string
  readonly tokens: readonly string[]
  close(): Promise<void>
}

/** Listens on loopback and keeps the tokens. */
export async function logoutReceiver(): Promise<LogoutReceiver> {
  const tokens: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(parts).toString())
      tokens.push(form.get('logout_token') ?? '')
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, tokens, close }
}
