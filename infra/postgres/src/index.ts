export type { ClusterOptions } from './server.ts'
export { startPostgres, type LocalPostgres, type StartOptions } from './start-postgres.ts'
