import { FreshetError } from '@freshet/protocol'
import { importSigningKey, isClientId, type SigningKey } from '@freshet/wire'

/** A client of the registry that has `keys`, with the private half of one of them. */
export interface KeyedClient {
  /** The id of the client in the registry. */
  readonly id: string
  /** A private JWK (RFC 7517) with `kid`, and `alg` ES256, EdDSA or RS256. */
  readonly key: Readonly<Record<string, unknown>>
}

/** The key that it signs with. @throws `config.invalid` naming the option, never the key */
export function signingKeyOf({ id, key }: KeyedClient, option: string): SigningKey {
  if (!isClientId(id))
    throw new FreshetError('config.invalid', `${option}.id: name a client of the registry`)
  try {
    return importSigningKey(key)
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : 'it cannot be read'
    throw new FreshetError('config.invalid', `${option}.key: ${rule}`, { cause })
  }
}
