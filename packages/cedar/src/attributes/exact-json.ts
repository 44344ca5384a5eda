/**
 * Returns whether Cedar's JSON form of a policy equals its text: whole numbers of Cedar have 64 bits, and
 * beyond 53 a number here is another.
 */
export function isExact(json: unknown): boolean {
  if (typeof json === 'number') return Number.isSafeInteger(json)
  return typeof json !== 'object' || json === null || Object.values(json).every(isExact)
}
