/** The parts of `freshet dev` and `freshet demo` that an installation of operators does not need. */
export { kafkaAvailability, provideKafka } from '@freshet/local-kafka'
export { keycloakAvailability, startKeycloak, type LocalKeycloak } from '@freshet/local-keycloak'
export { startPostgres } from '@freshet/local-postgres'
export * from './protected-app.ts'
