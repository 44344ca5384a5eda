import { firstUndeclared, firstUngranted, type Registry } from '@freshet/protocol'
import type { OwnToken } from './own-token.ts'

/** The scopes in an access token of ours. */
export function scopesIn({ payload }: Pick<OwnToken, 'payload'>): readonly string[] {
  const { scope } = payload
  return typeof scope === 'string' && scope !== '' ? scope.split(' ') : []
}

/**
 * Returns whether the registry gives each scope of a token to its client and its audience, and the claims
 * that it carries suffice for them. The ledger does not keep scopes, so a stolen token key could sign others
 * under an id that is known; and a client can lose one while its tokens live.
 */
export function hasItsScopes(own: OwnToken, { clients, audiences }: Registry): boolean {
  const scopes = scopesIn(own)
  if (scopes.length === 0) return true
  const [client, audience] = [clients.get(own.token.client), audiences.get(own.audiences[0] ?? '')]
  return (
    client !== undefined &&
    audience !== undefined &&
    firstUndeclared(scopes, client, audience) === undefined &&
    firstUngranted(scopes, audience, own.token.claims) === undefined
  )
}
