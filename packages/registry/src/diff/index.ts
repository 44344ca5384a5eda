export * from './diff-registries.ts'
export type { PolicyDifference } from './difference.ts'
export * from './tokens-touched.ts'
