import type { EnvironmentLine } from './environment-text.ts'
import { databaseFile, kafkaLogin, MECHANISM } from './logins.ts'
import { NAMES, type Installation, type InstallationFile } from './installation.ts'
import type { ServiceName } from './service-names.ts'

/** The environment of the command line and of each service. */
export type Environments = Readonly<Record<ServiceName | 'cli', readonly EnvironmentLine[]>>

/** Every variable that an installation must set. No value is a secret: secrets are files. */
export function environmentsOf(at: Installation, adminHash: string): Environments {
  const admins = line(
    'FRESHET_ADMIN_TOKENS',
    `${NAMES.admin}:admin:${adminHash}`,
    'The admins: name, role, and the SHA-256 of the token in base64url.',
  )
  return {
    gateway: gatewayLines(at, admins),
    reconciler: reconcilerLines(at),
    authority: authorityLines(at),
    console: consoleLines(at, admins),
    sidecar: sidecarLines(at),
    cli: cliLines(at),
  }
}

type Lines = readonly EnvironmentLine[]
type Process = ServiceName | 'cli'

function gatewayLines(at: Installation, admins: EnvironmentLine): Lines {
  const consoles = `console:operator:${at.path('vouchersJwks')}`
  return [
    ...storeLines(at, 'gateway'),
    registryLine(at),
    stampsLine(at),
    issuerLine(at),
    line('FRESHET_URL', at.gateway, 'The URL by which sources call the gateway, and sign for it.'),
    admins,
    line(
      'FRESHET_CONSOLES',
      consoles,
      'The console whose orders are accepted, its highest role, and its public keys.',
    ),
    portLine(at, 'gateway'),
  ]
}

function reconcilerLines(at: Installation): Lines {
  return [
    ...storeLines(at, 'reconciler'),
    registryLine(at),
    stampsLine(at),
    issuerLine(at),
    file(at, 'FRESHET_CHECKPOINT_KEYS_FILE', 'checkpoints', 'The private keys of checkpoints.'),
    file(at, 'FRESHET_AUDIT_KEYS_FILE', 'audit', 'The private keys of the audit.'),
    portLine(at, 'reconciler'),
  ]
}

function authorityLines(at: Installation): Lines {
  const published = 'The public keys of checkpoints, which edges read here.'
  return [
    ...storeLines(at, 'authority'),
    registryLine(at),
    stampsLine(at),
    issuerLine(at),
    file(at, 'FRESHET_TOKEN_KEYS_FILE', 'tokens', 'The private keys of access tokens.'),
    file(at, 'FRESHET_CHECKPOINT_JWKS_FILE', 'checkpointsJwks', published),
    portLine(at, 'authority'),
  ]
}

function consoleLines(at: Installation, admins: EnvironmentLine): Lines {
  return [
    ...storeLines(at, 'console'),
    registryLine(at),
    issuerLine(at),
    admins,
    line('FRESHET_GATEWAY_URL', at.gateway, 'The gateway that carries out orders of the pages.'),
    line('FRESHET_SERVICES', servicesOf(at), 'The services whose state the console asks for.'),
    file(at, 'FRESHET_VOUCHER_KEYS_FILE', 'vouchers', 'The private keys that sign such orders.'),
    ...(at.probes ? probeLines(at) : []),
    portLine(at, 'console'),
  ]
}

function probeLines(at: Installation): Lines {
  const edges = `sidecar=${at.url('sidecar')}`
  return [
    line('FRESHET_PROBE_EDGES', edges, 'The sidecars that judge the tokens of probes.'),
    file(at, 'FRESHET_PROBE_KEYS_FILE', 'probeKeys', 'The private keys and the secret of probes.'),
  ]
}

function servicesOf(at: Installation): string {
  const names = ['gateway', 'reconciler', 'authority', 'sidecar'] as const
  return names.map((name) => `${name}=${at.url(name)}`).join(',')
}

function sidecarLines(at: Installation): Lines {
  return [
    ...kafkaLines(at, 'sidecar'),
    registryLine(at),
    issuerLine(at),
    line('FRESHET_AUDIENCE', NAMES.audience, 'The audience of requests that name none.'),
    line('FRESHET_EDGE_ID', NAMES.sidecar, 'The name of this sidecar in reports.'),
    line('FRESHET_CLIENT_ID', NAMES.sidecar, 'The client of the registry that the sidecar is.'),
    file(at, 'FRESHET_CLIENT_KEY_FILE', 'sidecarKey', 'The private key of this client.'),
    portLine(at, 'sidecar'),
    line('FRESHET_PROXY_PORT', String(at.port('proxy')), 'The port at which proxies ask.'),
  ]
}

function cliLines(at: Installation): Lines {
  return [
    ...storeLines(at, 'cli'),
    line('FRESHET_URL', at.url('console'), 'The console that answers commands.'),
    file(at, 'FRESHET_TOKEN_FILE', 'adminToken', 'The file with the token of an admin.'),
    line('FRESHET_GATEWAY_URL', at.gateway, 'The gateway that receives changes and orders.'),
    issuerLine(at),
    line('FRESHET_SIDECAR_URL', at.url('sidecar'), 'The sidecar that token check asks.'),
  ]
}

function kafkaLines(at: Installation, process: Process): Lines {
  const tls = Object.entries(at.kafkaTls).map(([name, value]) =>
    line(name, value, 'TLS to the brokers. docs/kafka.md has certificates and SASL.'),
  )
  return [
    line('KAFKA_BROKERS', at.brokers.join(','), 'The addresses of the Kafka cluster, by commas.'),
    ...tls,
    ...(at.logins ? saslLines(at, process) : []),
  ]
}

function saslLines(at: Installation, process: Process): Lines {
  const { user, password } = kafkaLogin(process)
  return [
    line('KAFKA_SASL_MECHANISM', MECHANISM, 'The mechanism of the login.'),
    line('KAFKA_SASL_USERNAME', user, 'The user of this process in Kafka.'),
    file(at, 'KAFKA_SASL_PASSWORD_FILE', password, 'The file with its password.'),
  ]
}

function storeLines(at: Installation, process: Process): Lines {
  const database = 'The file with the URL of Postgres.'
  return [
    ...kafkaLines(at, process),
    file(at, 'DATABASE_URL_FILE', databaseFile(process, at), database),
  ]
}

function registryLine(at: Installation): EnvironmentLine {
  return file(at, 'FRESHET_REGISTRY', 'registry', 'The registry of the first start.')
}

function stampsLine(at: Installation): EnvironmentLine {
  const comment = 'The keys of stamps. Gateways, reconcilers and authorities share them.'
  return file(at, 'FRESHET_STAMP_KEYS_FILE', 'stamps', comment)
}

function issuerLine(at: Installation): EnvironmentLine {
  return line('FRESHET_ISSUER', at.issuer, 'The issuer of tokens: the URL of the authority.')
}

function portLine(at: Installation, of: ServiceName): EnvironmentLine {
  const comment = 'The port. Without FRESHET_HOST, only this machine reaches it.'
  return line('FRESHET_PORT', String(at.port(of)), comment)
}

function file(
  at: Installation,
  name: string,
  of: InstallationFile,
  comment: string,
): EnvironmentLine {
  return line(name, at.path(of), comment)
}

function line(name: string, value: string, comment: string): EnvironmentLine {
  return { name, value, comment }
}
