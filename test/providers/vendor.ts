import { generateKey, importSigningKey, type FetchedResponse, type SigningKey } from '@freshet/wire'
import { signToken } from '@freshet/testkit'

/** A token as a vendor documents it. */
export interface VendorToken {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly lifeS: number
}

/** A vendor: its addresses, and an example of each kind of its tokens by the name in its section. */
export interface Vendor {
  readonly section: string
  readonly issuer: string
  readonly jwksUri: string
  /** The members of a published key beside its numbers. */
  readonly keyMembers: Readonly<Record<string, unknown>>
  /** An entry below `issuers`, where the section has none: no entry makes its tokens acceptable. */
  readonly asForeign?: Readonly<Record<string, unknown>>
  readonly tokens: Readonly<Record<string, VendorToken>>
}

/** The keys of a vendor, and its documents at their addresses. */
export interface VendorKeys {
  readonly fetch: (url: string | URL) => Promise<FetchedResponse>
  readonly sign: (token: VendorToken, iatS: number) => string
}

const ALG = 'RS256'

/** Makes a key of the vendor. It answers for its metadata and its key set. */
export async function keysOf({ issuer, jwksUri, keyMembers }: Vendor): Promise<VendorKeys> {
  const { privateJwk, publicJwk } = await generateKey(ALG, 'vendor-1')
  const signing: SigningKey = importSigningKey(privateJwk)
  const { alg: _alg, use: _use, ...numbers } = publicJwk as typeof publicJwk & { use?: string }
  const metadata = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const documents = new Map<string, object>([
    [metadata, { issuer, jwks_uri: jwksUri, id_token_signing_alg_values_supported: [ALG] }],
    [jwksUri, { keys: [{ ...numbers, ...keyMembers }] }],
  ])
  return {
    fetch: async (url) => {
      const found = documents.get(String(url))
      return { status: found === undefined ? 404 : 200, body: bytesOf(found ?? {}) }
    },
    sign: ({ header, claims, lifeS }, iatS) => {
      const times = { iat: iatS, exp: iatS + lifeS }
      const all = { alg: ALG, kid: 'vendor-1', ...header }
      return signToken(all, { iss: issuer, ...times, ...claims }, signing)
    },
  }
}

async function* bytesOf(json: object): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(json))
}
