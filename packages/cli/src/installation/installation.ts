import { join } from 'node:path'
import type { ServiceName } from './service-names.ts'

/** The choices of `freshet init`; each has a default. */
export interface InstallationChoice {
  /** Absolute path of the folder. */
  readonly dir: string
  readonly tenant: string
  /** The issuer of tokens: the URL of the authority. */
  readonly issuer: string | undefined
  /** The URL of the gateway for sources. */
  readonly gateway: string | undefined
  /** An identity provider with published keys. Absent: a test provider, whose key is written. */
  readonly idp: string | undefined
  readonly brokers: readonly string[]
  readonly databaseUrl: string
  /** True if each process gets a login of its own in Kafka and in Postgres. */
  readonly logins: boolean
  /** True if the console probes the whole path. */
  readonly probes: boolean
  /** The variables of TLS to Kafka that every process gets: `KAFKA_TLS` and its files. */
  readonly kafkaTls: Readonly<Record<string, string>>
  /** The first of the six ports on which services listen. */
  readonly firstPort: number
}

/** The names in the registry of a new installation. */
export const NAMES = {
  source: 'hr',
  claim: 'groups',
  value: 'payments-approvers',
  audience: 'payments',
  client: 'payments-web',
  sidecar: 'payments-sidecar',
  admin: 'admin',
} as const

/** The ports of services, counted from the first. They are those of docs/configuration.md. */
const PORTS: Readonly<Record<ServiceName | 'proxy', number>> = {
  gateway: 0,
  reconciler: 1,
  authority: 2,
  sidecar: 3,
  proxy: 4,
  console: 5,
}

/** The files of an installation, each by its path from the folder. Those of keys have the names of `NAMES`. */
export const FILES = {
  registry: 'registry.yaml',
  sourceJwks: 'keys/hr.jwks.json',
  sidecarJwks: 'keys/payments-sidecar.jwks.json',
  idpJwks: 'keys/idp.jwks.json',
  probeJwks: 'keys/freshet-probe.jwks.json',
  probeIdpJwks: 'keys/probe-idp.jwks.json',
  sourceKey: 'secrets/hr.private.json',
  sidecarKey: 'secrets/payments-sidecar.private.json',
  idpKey: 'secrets/idp.private.json',
  probeKeys: 'secrets/probes.private.json',
  clientSecret: 'secrets/payments-web.secret',
  adminToken: 'secrets/admin.token',
  databaseUrl: 'secrets/database-url',
  migrateUrl: 'secrets/database-url.migrate',
  gatewayUrl: 'secrets/database-url.gateway',
  reconcilerUrl: 'secrets/database-url.reconciler',
  authorityUrl: 'secrets/database-url.authority',
  consoleUrl: 'secrets/database-url.console',
  databaseLogins: 'secrets/database-logins.sql',
  topicsPassword: 'secrets/kafka-topic-admin.password',
  gatewayPassword: 'secrets/kafka-gateway.password',
  reconcilerPassword: 'secrets/kafka-reconciler.password',
  authorityPassword: 'secrets/kafka-authority.password',
  consolePassword: 'secrets/kafka-console.password',
  edgePassword: 'secrets/kafka-edge.password',
  kafkaLogins: 'secrets/kafka-logins.sh',
  tokens: 'secrets/tokens.keys.json',
  stamps: 'secrets/stamps.keys.json',
  checkpoints: 'secrets/checkpoints.keys.json',
  checkpointsJwks: 'secrets/checkpoints.jwks.json',
  audit: 'secrets/audit.keys.json',
  auditJwks: 'secrets/audit.jwks.json',
  vouchers: 'secrets/vouchers.keys.json',
  vouchersJwks: 'secrets/vouchers.jwks.json',
  gateway: 'gateway.env',
  reconciler: 'reconciler.env',
  authority: 'authority.env',
  console: 'console.env',
  sidecar: 'sidecar.env',
  cli: 'cli.env',
} as const

/** The files that exist only if each process has logins of its own. */
const LOGIN_FILES = [
  'migrateUrl',
  'gatewayUrl',
  'reconcilerUrl',
  'authorityUrl',
  'consoleUrl',
  'databaseLogins',
  'topicsPassword',
  'gatewayPassword',
  'reconcilerPassword',
  'authorityPassword',
  'consolePassword',
  'edgePassword',
  'kafkaLogins',
] as const satisfies readonly (keyof typeof FILES)[]

/** A file of an installation. */
export type InstallationFile = keyof typeof FILES

/** An installation: its choices, addresses and files. */
export interface Installation extends InstallationChoice {
  readonly issuer: string
  readonly gateway: string
  /** The identity provider of subjects: a published one, or the test provider. */
  readonly idpIssuer: string
  port(of: ServiceName | 'proxy'): number
  /** The address on loopback. */
  url(of: ServiceName | 'proxy'): string
  /** The absolute path. */
  path(of: InstallationFile): string
  /** The files that it has, by its choices: `idp`, `logins` and `probes`. */
  readonly files: readonly InstallationFile[]
}

/** Completes the choices. */
export function installationOf(choice: InstallationChoice): Installation {
  const port: Installation['port'] = (of) => choice.firstPort + PORTS[of]
  const url: Installation['url'] = (of) => `http://127.0.0.1:${port(of)}`
  const all = Object.keys(FILES) as InstallationFile[]
  const absent = new Set<InstallationFile>([
    ...(choice.idp === undefined ? [] : (['idpKey', 'idpJwks'] as const)),
    ...(choice.probes ? [] : (['probeKeys', 'probeJwks', 'probeIdpJwks'] as const)),
    ...(choice.logins ? (['databaseUrl'] as const) : LOGIN_FILES),
  ])
  return {
    ...choice,
    issuer: choice.issuer ?? url('authority'),
    gateway: choice.gateway ?? url('gateway'),
    idpIssuer: choice.idp ?? `https://idp.${choice.tenant}.example`,
    port,
    url,
    path: (of) => join(choice.dir, FILES[of]),
    files: all.filter((file) => !absent.has(file)),
  }
}
