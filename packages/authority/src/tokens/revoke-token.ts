import { CLOCK_TOLERANCE_MS, FreshetError, type Client, type Clock } from '@freshet/protocol'
import type { ClientBudgets } from '../clients/client-budgets.ts'
import {
  authenticateClient,
  type ClientAuthentication,
  type OAuthRequest,
} from '../clients/client-authentication.ts'
import type { LoadedRegistry } from '../mint/mint.ts'
import { findOwnToken, type OwnTerms, type OwnToken } from './own-token.ts'
import { readOne, readRequired } from '../oauth/request-form.ts'

/** The way of a revocation: into the change topic, as every change of authority (rule 1). */
export interface TokenDenials {
  /**
   * Denies a token until it expires. Resolves when the change topic has the denial. A repeated call
   * is safe.
   *
   * @throws `broker.*`, `database.*`
   */
  denyToken(revoked: RevokedToken): Promise<void>
}

/** A verified token that its client revokes. */
export interface RevokedToken {
  readonly tenant: string
  readonly jti: string
  /** Its `exp`, in milliseconds since 1970: edges drop the denial after it. */
  readonly expMs: number
}

/** The parts of the process that revocation needs. */
export interface RevokeDependencies extends OwnTerms {
  readonly authentication: ClientAuthentication
  readonly denials: TokenDenials
  readonly clock: Clock
  readonly budgets: ClientBudgets
  readonly loaded: LoadedRegistry
}

/**
 * RFC 7009 revocation: denies the id of a token that was issued to the client, whether or not the
 * ledger knows it (rule 39). A token that is not ours, or has expired, is revoked already. There
 * are no refresh tokens, so a hint changes nothing.
 *
 * @throws `request.unauthenticated`, `request.malformed`; `request.forbidden` for a token of
 *   another client; `limit.reached`, `broker.*`, `database.*`: the token must be taken for alive
 */
export async function revokeToken(request: OAuthRequest, deps: RevokeDependencies): Promise<void> {
  const client = await authenticateClient(request, deps.authentication)
  readOne(request.form, 'token_type_hint')
  const own = readUnexpired(readRequired(request.form, 'token'), deps)
  if (own === undefined) return
  requireIssuedTo(client, own)
  // Each revocation takes a place at every edge until the token ends.
  deps.budgets.take('revoke', client, deps.loaded.registry)
  const { tenant, jti } = own.token
  await deps.denials.denyToken({ tenant, jti, expMs: own.expMs })
}

/** Expired means expired at every edge, also at one whose clock is behind. */
function readUnexpired(jwt: string, deps: RevokeDependencies): OwnToken | undefined {
  const own = findOwnToken(jwt, deps)
  return own && own.expMs + CLOCK_TOLERANCE_MS > deps.clock.nowMs() ? own : undefined
}

function requireIssuedTo({ id, tenant }: Client, { token }: OwnToken): void {
  if (token.client === id && token.tenant === tenant) return
  throw new FreshetError('request.forbidden', 'The token was issued to another client.')
}
