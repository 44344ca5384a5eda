export { MemoryDatabase, MemoryFaultError, type MemoryFault } from './memory-database.ts'
