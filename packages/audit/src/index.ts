export * from './activations.ts'

export * from './audit-reader.ts'
export type { ChainFinding } from './chain-walk.ts'
export * from './retention.ts'
export * from './run-sealing.ts'
export * from './seal.ts'
export * from './seal-store.ts'
export * from './verify-audit.ts'
