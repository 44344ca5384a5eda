import { sign } from 'node:crypto'
import type { SigningKey } from '@freshet/wire'

/** Signs any header over any payload with ES256. A text is signed as it is, another value as JSON. */
export function signToken(header: unknown, payload: unknown, { key }: SigningKey): string {
  const part = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
