export * from './deliver.ts'
export * from './problem-error.ts'
export * from './source-client.ts'
export * from './time-limit.ts'
