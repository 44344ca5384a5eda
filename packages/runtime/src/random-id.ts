import { randomBytes } from 'node:crypto'

const ID_BYTES = 16

/** 128 random bits from the system, as 22 characters of base64url. */
export function randomId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}
