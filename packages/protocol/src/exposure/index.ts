export * from './clock-offset.ts'
export * from './stale-by.ts'
