import { readConfig, secret, setting } from '@freshet/wire/environment'
import { CHANGES_PER_CALL_MAX, type SourceLimits } from '@freshet/intake'
import { kafkaRelations, kafkaVariables, type KafkaSettings } from '@freshet/kafka/environment'
import {
  type AdminToken,
  adminTokens,
  BODY_BYTES_MAX,
  listenAddress,
  databaseRelations,
  type DatabaseSettings,
  databaseVariables,
} from '@freshet/runtime'
import * as z from 'zod'
import { vouchingConsoles, type ConsoleSetting } from './orders/vouching-consoles.ts'

/** Each request within the life of an assertion takes about 150 bytes of memory. */
const REQUESTS_PER_SECOND_MAX = 10_000

const variables = {
  ...databaseVariables,
  ...kafkaVariables,
  registry: setting('FRESHET_REGISTRY', z.string().min(1)),
  stampKeysFile: setting('FRESHET_STAMP_KEYS_FILE', z.string().min(1)),
  url: setting('FRESHET_URL', z.url()),
  issuer: setting('FRESHET_ISSUER', z.url()),
  admins: secret('FRESHET_ADMIN_TOKENS', adminTokens),
  consoles: setting('FRESHET_CONSOLES', vouchingConsoles),
  host: setting('FRESHET_HOST', listenAddress.default('127.0.0.1')),
  port: setting('FRESHET_PORT', z.coerce.number().int().min(0).max(65_535).default(7_070)),
  activateRegistry: setting('FRESHET_ACTIVATE_REGISTRY', z.stringbool().default(false)),
  eventsPerSecond: setting(
    'FRESHET_SOURCE_EVENTS_PER_SECOND',
    z.coerce.number().int().min(1).default(5_000),
  ),
  bytesPerSecond: setting(
    'FRESHET_SOURCE_BYTES_PER_SECOND',
    z.coerce.number().int().min(BODY_BYTES_MAX).default(8_388_608),
  ),
  requestsPerSecond: setting(
    'FRESHET_SOURCE_REQUESTS_PER_SECOND',
    z.coerce.number().int().min(1).max(REQUESTS_PER_SECOND_MAX).default(1_200),
  ),
  eventsInFlight: setting(
    'FRESHET_SOURCE_EVENTS_IN_FLIGHT',
    z.coerce.number().int().min(CHANGES_PER_CALL_MAX).default(2_000),
  ),
}

/** The gateway's configuration from its environment. */
export interface GatewayConfig extends DatabaseSettings, KafkaSettings {
  /** Path of the registry file. */
  readonly registry: string
  /** Path of the keys of stamps, which gateways and reconcilers share; read anew while running. */
  readonly stampKeysFile: string
  /** Our public URL: the audience of the sources' assertions. */
  readonly url: string
  /** Issuer of the tokens in the ledger. */
  readonly issuer: string
  /** The admins who are allowed to cut off and to read sources. */
  readonly admins: readonly AdminToken[]
  /** Which consoles may vouch for people, and up to which role. */
  readonly consoles: readonly ConsoleSetting[]
  /** The address that it listens on. */
  readonly host: string
  readonly port: number
  /** True if the gateway activates the file's policy version while none was announced. */
  readonly activateRegistry: boolean
  /** The limits of each source. */
  readonly limits: SourceLimits
}

/** Reads it, once. @throws `config.invalid` with every problem at once */
export function gatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  const { eventsPerSecond, bytesPerSecond, requestsPerSecond, eventsInFlight, ...config } =
    readConfig(env, variables, [...databaseRelations, ...kafkaRelations])
  const limits = { eventsPerSecond, bytesPerSecond, requestsPerSecond, eventsInFlight }
  return { ...config, limits }
}
