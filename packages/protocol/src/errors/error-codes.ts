import { dependencyErrors } from './dependency-errors.ts'
import type { ErrorEntry } from './error-entry.ts'
import { eventErrors } from './event-errors.ts'
import { policyErrors } from './policy-errors.ts'
import { requestErrors } from './request-errors.ts'
import { setUpErrors } from './set-up-errors.ts'
import { tokenErrors } from './token-errors.ts'

type ErrorCatalogue = typeof eventErrors &
  typeof tokenErrors &
  typeof policyErrors &
  typeof requestErrors &
  typeof dependencyErrors &
  typeof setUpErrors

/** The stable name of a failure; callers switch on it, never on messages. */
export type ErrorCode = keyof ErrorCatalogue

/** The catalogue of failures that someone must act on: one entry for each code. */
export const errorCodes: ErrorCatalogue = {
  ...eventErrors,
  ...tokenErrors,
  ...policyErrors,
  ...requestErrors,
  ...dependencyErrors,
  ...setUpErrors,
}

/** The same by family, in the order of docs/errors.md, which is made from it. */
export const errorFamilies: ReadonlyMap<string, ReadonlyMap<ErrorCode, ErrorEntry>> = new Map([
  ['Events', entriesOf(eventErrors)],
  ['Tokens', entriesOf(tokenErrors)],
  ['Policies', entriesOf(policyErrors)],
  ['Requests', entriesOf(requestErrors)],
  ['Dependencies', entriesOf(dependencyErrors)],
  ['Set-up', entriesOf(setUpErrors)],
])

function entriesOf<Code extends ErrorCode>(
  family: Readonly<Record<Code, ErrorEntry>>,
): ReadonlyMap<ErrorCode, ErrorEntry> {
  return new Map(Object.entries(family) as [Code, ErrorEntry][])
}
