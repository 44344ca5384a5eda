import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { JsonWebKey } from 'node:crypto'
import type { AssaultSigner } from './assault.ts'

const LIFE_S = 30

/** Returns a function that returns the line of a head with a new assertion of the source (RFC 7523). */
export async function signedLines(signer: AssaultSigner | undefined): Promise<() => string> {
  if (signer === undefined) return () => ''
  const { source, kid, keyFile, audience } = signer
  const jwk = JSON.parse(await readFile(keyFile, 'utf8')) as JsonWebKey
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const header = base64url({ alg: 'ES256', kid })
  return () => {
    const iat = Math.floor(Date.now() / 1_000)
    const times = { iat, exp: iat + LIFE_S }
    const claims = { iss: source, sub: source, aud: audience, jti: randomUUID(), ...times }
    const signed = `${header}.${base64url(claims)}`
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
    return `authorization: Bearer ${signed}.${signature.toString('base64url')}\r\n`
  }
}

function base64url(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}
