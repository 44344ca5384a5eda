export { MemoryDatabase, MemoryFaultError, type MemoryFault } from './memory-database.ts'
export { memoryLog, type MemoryLog } from './memory-log.ts'
export { memoryObservatoryStore } from './memory-observatory.ts'
export { memoryStampStore, stampKey } from './memory-intake.ts'
