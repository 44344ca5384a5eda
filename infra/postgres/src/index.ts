export type { ClusterOptions } from './server.ts'
export { startPair, type PostgresPair } from './start-pair.ts'
export { startPostgres, type LocalPostgres, type StartOptions } from './start-postgres.ts'
