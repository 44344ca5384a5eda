import { randomBytes } from 'node:crypto'

const ID_BYTES = 17
const NO_HYPHEN = 0x7f

/**
 * Returns 135 random bits from the system, as 23 characters of base64url that begin with a letter: on a
 * command line, a leading hyphen would make the id an option.
 */
export function randomId(): string {
  const bytes = randomBytes(ID_BYTES)
  bytes.writeUInt8(bytes.readUInt8(0) & NO_HYPHEN, 0)
  return bytes.toString('base64url')
}

/** Returns random bytes from the system in lower-case hexadecimal. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
