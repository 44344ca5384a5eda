export { keycloakAvailability, type KeycloakAvailability } from './availability.ts'
export { KEYCLOAK_VERSION } from './archive.ts'
export { startKeycloak, type KeycloakOptions, type LocalKeycloak } from './local-keycloak.ts'
