import { FreshetError, type IdentityProvider } from '@freshet/protocol'
import { keyIn, type NamedKey, type PublishedKeySets, type VerifyKey } from '@freshet/wire'

/** The origin of identity providers' keys. */
export interface ProviderKeys {
  /** Public keys of a provider whose keys the registry names as a file, by its `iss`. */
  readonly identityProviderKeys: (issuer: string) => readonly VerifyKey[]
  /** The key sets that the others publish. */
  readonly publishedKeys: Pick<PublishedKeySets, 'of'>
}

/**
 * The key that a token of an identity provider names as its signer, if the provider has it. A provider with a
 * key file has no other keys; the keys of the others are read from the address that the registry names.
 *
 * @throws `keys.unavailable` while published keys cannot be read: that is no fault of the token
 */
export async function providerKey(
  { issuer, keys, published }: IdentityProvider,
  named: NamedKey,
  { identityProviderKeys, publishedKeys }: ProviderKeys,
): Promise<VerifyKey | undefined> {
  if (keys !== undefined) return keyIn(identityProviderKeys(issuer), named)
  if (published !== undefined) return publishedKeys.of({ issuer, published }).find(named)
  throw new FreshetError('keys.unavailable', `The registry names no keys of ${issuer}.`)
}
