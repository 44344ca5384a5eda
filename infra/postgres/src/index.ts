export { startPostgres, type LocalPostgres, type StartOptions } from './start-postgres.ts'
