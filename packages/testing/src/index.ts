export * from './manual-clock.ts'
export * from './test-feed.ts'

export type { TestFeedOptions } from './test-settings.ts'
export type { TestRevocation } from './test-revocation.ts'
export type { TestToken } from './test-token.ts'
