import { FreshetError, type IdentityProvider } from '@freshet/protocol'
import { tokenInvalid } from '../tokens/signed-token.ts'

/** The parties of an identity token's exchange. */
export interface PartyTerms {
  /** Our own issuer name. */
  readonly authority: string
  readonly provider: IdentityProvider
  /** Clients of the provider, by their names there, whose tokens the requesting client exchanges. */
  readonly presents: readonly string[]
  /** The token's name in errors. */
  readonly what: string
}

/**
 * Checks the audience of an identity provider's token (OpenID Connect Core 1.0 §3.1.3.7), and that the
 * requesting client is allowed to exchange it.
 *
 * A token for this authority alone was made to be exchanged: each client of the tenant can do so. Any other
 * token was made for a client of the identity provider. The registry must accept each of its audiences and
 * its authorised party, and must let the requesting client present it: otherwise each service that receives
 * the token could use it here.
 *
 * @throws `token.invalid` naming the rule; `grant.forbidden` where another client may exchange it
 */
export function checkParties(
  { aud, azp }: { readonly aud?: unknown; readonly azp?: unknown },
  { authority, provider: { audiences = [], azp: parties }, presents, what }: PartyTerms,
): void {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const isOurs = named.length === 1 && named[0] === authority
  if (!isOurs && audiences.length === 0)
    throw tokenInvalid(what, 'is not meant for this authority alone')
  const accepted = [authority, ...audiences]
  if (named.length === 0 || !named.every((each) => isOneOf(accepted, each)))
    throw tokenInvalid(what, 'has an audience that the registry does not accept of its issuer')
  const allowed = parties ?? (isOurs ? undefined : audiences)
  if (azp !== undefined && allowed !== undefined && !isOneOf(allowed, azp))
    throw tokenInvalid(what, 'has an azp that the registry does not accept of its issuer')
  if (isOurs) return
  if (azp === undefined && named.length > 1)
    throw tokenInvalid(what, 'has several audiences and no azp')
  if (isOneOf(presents, azp ?? named[0])) return
  const message = `The client does not present the ${what}: name its azp, or its aud, in presents of the client.`
  throw new FreshetError('grant.forbidden', message)
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && names.includes(value)
}
