export * from './file-connector.ts'
