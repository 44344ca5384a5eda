import type { ClaimChange } from '../changes/change.ts'
import { readPattern } from '../pattern/read-pattern.ts'
import { valueTest } from '../pattern/value-test.ts'
import type { Claim } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'

/**
 * Returns a test of the values that a claim can have: any, unless the registry lists them or gives them a
 * form. 7 is not "7", and no form has other values than text.
 */
export function listedTest({
  values,
  pattern,
}: Pick<Claim, 'values' | 'pattern'>): (value: ClaimValue) => boolean {
  const hasForm = pattern === undefined ? () => true : formTest(pattern)
  return (value) => (values?.includes(value) ?? true) && hasForm(value)
}

/** Lint refuses a pattern that cannot be read; where it was not asked, no value has that form. */
function formTest(text: string): (value: ClaimValue) => boolean {
  const read = readPattern(text)
  if (!read.ok) return () => false
  const isOfForm = valueTest(read.pattern)
  return (value) => typeof value === 'string' && isOfForm(value)
}

/**
 * Returns whether a change gives a claim a value that it cannot have. The rest of such a change is unclear.
 * To take away such a value, which another version listed, is no fault.
 */
export function givesUnlisted(claim: Claim, { op, values }: ClaimChange): boolean {
  if (op !== 'set' && op !== 'add') return false
  const isListed = listedTest(claim)
  return values.some((value) => !isListed(value))
}
