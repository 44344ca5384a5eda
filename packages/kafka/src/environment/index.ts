export * from './kafka-access.ts'
export * from './kafka-variables.ts'
