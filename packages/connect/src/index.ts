export { compareAll, refuseMassRemoval, type Comparison, type CompareParts } from './compare.ts'
export * from './connector.ts'
export * from './freshet-port.ts'
export * from './run-connection.ts'
