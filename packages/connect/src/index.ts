export * from './connector.ts'
export * from './map-row.ts'
