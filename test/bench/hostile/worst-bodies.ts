import { randomBytes } from 'node:crypto'

/** Bytes of an ES256 signature. */
const SIGNATURE_BYTES = 64
/** The largest body of most routes, and that of the route of policy versions. */
export const BODY_BYTES = 262_144
export const LARGE_BODY_BYTES = 1_048_576
/** The longest token or assertion that is read. */
export const TOKEN_CHARACTERS = 8_192

/** Returns a list of zeros: the JSON with the most values in so many bytes. */
export function manyValues(bytes: number): string {
  return `[${'0,'.repeat(Math.floor((bytes - 3) / 2))}0]`
}

/** Returns a form with the given fields, and a last one whose escapes fill the rest of the bytes. */
export function filledForm(bytes: number, fields: Readonly<Record<string, string>>): string {
  const begin = `${new URLSearchParams(fields).toString()}&x=`
  return `${begin}${'%41'.repeat(Math.floor((bytes - begin.length) / 3))}`
}

/** Returns an object with these members, and a last one that fills the rest of the bytes with zeros. */
export function filledObject(bytes: number, members: object, filled: string): string {
  const begin = JSON.stringify({ ...members, [filled]: 0 }).slice(0, -2)
  return `${begin}${manyValues(bytes - begin.length - 1)}}`
}

/** Returns a compact JWS of so many characters whose signature is random. */
export function madeUpJws(characters: number, header: object, claims: object): string {
  const signature = randomBytes(SIGNATURE_BYTES).toString('base64url')
  const head = base64url(JSON.stringify(header))
  const bytes = Math.floor(((characters - head.length - signature.length - 2) * 3) / 4)
  return `${head}.${base64url(filledObject(bytes, claims, 'x'))}.${signature}`
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
