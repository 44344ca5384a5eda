/** The parts that start the product's own processes on loopback, for the benchmark. */
export { freeEndpoints } from './stack.ts'
export { ManagedProcess } from './managed-process.ts'
export type { EditRegistry } from './dev-registry.ts'
export { servicePlans, type Endpoints } from './service-plans.ts'
export { startStack, type Stack, type StackOptions } from './stack.ts'
export * from './workspace.ts'
