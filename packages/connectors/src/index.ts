export * from './file-connector.ts'
export * from './gateway-port.ts'
export { keycloakConnector } from './keycloak/keycloak-connector.ts'
export type { AdminApiParts } from './keycloak/admin-api.ts'
