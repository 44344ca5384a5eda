export { diffRegistries, withoutMinimum } from './diff-registries.ts'
export type { PolicyDifference } from './difference.ts'
export { tokensTouched, type TokenKind, type TouchedTokens } from './tokens-touched.ts'
