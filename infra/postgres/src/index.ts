export { claimDir, cleanUpLeftovers } from './leftovers.ts'
export { startPostgres, type LocalPostgres, type StartOptions } from './start-postgres.ts'
