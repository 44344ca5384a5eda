export * from './deliver.ts'
export * from './source-client.ts'
