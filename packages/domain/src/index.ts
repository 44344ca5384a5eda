export { FreshetError, dispositionOf, invariant } from './error.ts'
export { errorCodes, type Disposition, type ErrorCode } from './error-codes.ts'
export type { Clock } from './clock.ts'
